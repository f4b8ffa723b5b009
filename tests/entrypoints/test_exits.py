"""A process ends in time, whatever its threads are doing."""

from pathlib import Path

import pytest

from tests.harness.processes import run

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


def outcome(folder: Path, code: str) -> tuple[int, str]:
    ended = run(folder, "python", "-c", code)
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


@pytest.mark.parametrize("exits", ["exit_now()", "exit_within(0.01)"])
def test_an_exit_waits_for_no_thread_and_loses_no_output(tmp_path: Path, exits: str) -> None:
    code = HANGS.format(imported=exits.partition("(")[0], exits=exits)

    assert outcome(tmp_path, code) == (0, "said\n")


def test_output_that_cannot_be_flushed_does_not_hold_up_an_exit(tmp_path: Path) -> None:
    assert outcome(tmp_path, HOLDS_ITS_OUTPUT) == (0, "")
