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

FIRST_REACHES_ANOTHER_THREAD = """
import signal, threading, time
from entrypoints.lifecycle.signals import StopSignals

stop_signals, stopped = StopSignals(), threading.Event()
signal.signal(signal.SIGTERM, lambda *_: print(stop_signals.is_second(), stopped.set()))

def send():
    time.sleep(0.1)  # until the main thread waits
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

threading.Thread(target=send).start()
stopped.wait()
"""


def test_a_signal_that_another_thread_got_alone_is_handled_though_the_main_thread_waits(
    tmp_path: Path,
) -> None:
    """As of two signals at one moment, which may wake two threads: one of them takes both."""
    ended = run(tmp_path, "python", "-c", FIRST_REACHES_ANOTHER_THREAD)

    assert (ended.stdout, ended.stderr) == ("False None\n", "")


def test_a_copy_of_the_first_signal_that_another_thread_got_is_no_second_one(
    tmp_path: Path,
) -> None:
    ended = run(tmp_path, "python", "-c", COPY_REACHES_ANOTHER_THREAD)

    assert (ended.stdout, ended.stderr) == ("[False, False, True]\n", "")
