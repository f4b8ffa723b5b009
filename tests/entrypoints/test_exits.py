"""A process ends in time, whatever its threads are doing."""

import subprocess
import sys

import pytest

from tests.harness.service import LIMIT_SECONDS, ROOT

HANGS = """
import threading, time
from entrypoints.lifecycle.exits import {imported}

threading.Thread(target=time.sleep, args=(3600,)).start()
print("said")
{exits}
time.sleep(3600)
"""
HOLDS_ITS_OUTPUT = """
import sys, threading
from entrypoints.lifecycle.exits import exit_now

class Stuck:
    def flush(self):
        threading.Event().wait()

sys.stdout = Stuck()
exit_now()
"""


def run(code: str) -> tuple[int, str]:
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


@pytest.mark.parametrize("exits", ["exit_now()", "exit_within(0.01)"])
def test_an_exit_waits_for_no_thread_and_loses_no_output(exits: str) -> None:
    assert run(HANGS.format(imported=exits.partition("(")[0], exits=exits)) == (0, "said\n")


def test_output_that_cannot_be_flushed_does_not_hold_up_an_exit() -> None:
    assert run(HOLDS_ITS_OUTPUT) == (0, "")
