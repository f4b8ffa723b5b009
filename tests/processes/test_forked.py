"""Forked instead of started: a process sees the same, and ends in the same way."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryFile

import pytest

from tests.harness.forked import ForkServer
from tests.harness.processes import environment
from tests.harness.waits import LIMIT_SECONDS

SEEN = """
import atexit, json, os, signal, sys, threading

atexit.register(print, "the end")
handlers = {number: str(signal.getsignal(number)) for number in signal.valid_signals()}
print(json.dumps({
    "name": __name__, "file": __file__, "argv": sys.argv, "path": sys.path,
    "environment": dict(os.environ), "folder": os.getcwd(), "given": sys.stdin.read(),
    "leads its session": os.getsid(0) == os.getpid(), "threads": threading.active_count(),
    "files": sorted(os.listdir("/proc/self/fd")), "handlers": handlers,
}))
print("trouble", file=sys.stderr)
threading.Thread(target=print, args=["a thread"]).start()
"""


@pytest.fixture
def server() -> Iterator[ForkServer]:
    server = ForkServer()
    yield server
    server.close()


def ended(
    server: ForkServer | None, folder: Path, *arguments: str
) -> tuple[int, list[str], list[str]]:
    """The exit code, the output and the errors of a script, forked or fresh."""
    with TemporaryFile("w+") as given, TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        given.write("something to read")
        given.seek(0)
        command = [str(folder / "script.py"), *arguments]
        if server is None:
            code = subprocess.run(
                [sys.executable, *command],
                cwd=folder,
                env=environment(folder),
                stdin=given,
                stdout=out,
                stderr=errors,
                start_new_session=True,
                check=False,
            ).returncode
        else:
            forked = server.fork(command, folder, environment(folder), [given, out, errors])
            code = forked.wait(LIMIT_SECONDS)
        for file in (out, errors):
            file.seek(0)
        return code, out.read().splitlines(), errors.read().splitlines()


def test_a_forked_process_is_like_a_fresh_one(server: ForkServer, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SEEN)

    fresh, forked = (ended(by, tmp_path, "--an", "argument") for by in (None, server))

    assert json.loads(forked[1].pop(0)) == json.loads(fresh[1].pop(0))
    assert forked == fresh == (0, ["a thread", "the end"], ["trouble"])


@pytest.mark.parametrize(
    "script",
    [
        "raise SystemExit(3)",
        "raise SystemExit('sorry')",
        "1 / 0",
        "import os; os.kill(os.getpid(), 9)",
    ],
)
def test_it_ends_as_a_fresh_one_does(server: ForkServer, tmp_path: Path, script: str) -> None:
    (tmp_path / "script.py").write_text(script)

    fresh, forked = (ended(by, tmp_path) for by in (None, server))

    assert (forked[0], forked[1], forked[2][-1:]) == (fresh[0], fresh[1], fresh[2][-1:])
    assert forked[0] != 0
