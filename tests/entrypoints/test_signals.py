"""Which of many signals is a second one."""

from pathlib import Path

from tests.harness.processes import run

COPY_REACHES_ANOTHER_THREAD = """
import signal, threading, time
from entrypoints.lifecycle.signals import ONE_STOP_SECONDS, StopSignals

def send_a_copy():
    time.sleep(ONE_STOP_SECONDS / 10)  # until the main thread waits
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

stop_signals, seconds = StopSignals(), []
signal.signal(signal.SIGTERM, lambda *_: seconds.append(stop_signals.is_second()))
threading.Thread(target=send_a_copy).start()
signal.raise_signal(signal.SIGTERM)
threading.Event().wait(2 * ONE_STOP_SECONDS)
signal.raise_signal(signal.SIGTERM)
print(seconds)
"""


def test_a_copy_of_the_first_signal_that_another_thread_got_is_no_second_one(
    tmp_path: Path,
) -> None:
    ended = run(tmp_path, "python", "-c", COPY_REACHES_ANOTHER_THREAD)

    assert (ended.stdout, ended.stderr) == ("[False, False, True]\n", "")
