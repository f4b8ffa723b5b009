"""A server that has imported the service, and forks a process for each start of main.py.

Imports are most of what a start costs. Otherwise such a process is like a fresh one: in a session,
a folder and an environment of its own it runs main.py as a script, and ends as Python does. This
module is what serves; `forked.py` asks it.
"""

import gc
import importlib
import json
import os
import runpy
import socket
import struct
import sys
from pathlib import Path
from typing import NamedTuple, NoReturn

IMPORTED = [
    *("entrypoints.cli", "entrypoints.worker.worker"),
    *("adapters.sql.revision", "alembic.context", "psycopg"),  # which commands import when needed
]
MOST_BYTES = 1_000_000  # of a request: most of it is the environment
NUMBER = struct.Struct("i")  # of a report: first the process's id, then its exit code


class Request(NamedTuple):
    """What to run, and where."""

    command: list[str]  # a script, and its arguments
    folder: str
    environment: dict[str, str]


def next_process(requests: socket.socket) -> tuple[Request, list[int]] | None:
    """Fork for each request; returns it, with its three streams, in the process that it is for.

    Returns None in the server itself, when nobody is left to ask.
    """
    while True:
        message, files, _, _ = socket.recv_fds(requests, MOST_BYTES, 4)
        if not message:
            return None
        if os.fork() == 0:
            *streams, report = files
            if (pid := os.fork()) == 0:
                os.close(report)
                return Request(*json.loads(message)), streams
            keep(pid, report)
        for file in files:
            os.close(file)
        reap()


def keep(pid: int, report: int) -> NoReturn:
    """Report the id of a child, and its exit code once it has ended."""
    os.write(report, NUMBER.pack(pid))
    _, status = os.waitpid(pid, 0)
    os.write(report, NUMBER.pack(os.waitstatus_to_exitcode(status)))
    os._exit(0)


def reap() -> None:
    """Forget the children that have ended: each was the keeper of a process."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def become(request: Request, streams: list[int]) -> None:
    """Run the script as a fresh interpreter does."""
    os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    script = request.command[0]
    modules = request.environment["PYTHONPATH"].split(os.pathsep)
    sys.path[:1] = [str(Path(script).parent), *modules]
    sys.argv = request.command
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    for module in IMPORTED:
        importlib.import_module(module)
    gc.freeze()  # or each process would look through all that is imported, at its end at the latest
    with socket.socket(fileno=int(sys.argv[1])) as asked:
        process = next_process(asked)
    if process is not None:
        become(*process)
