"""The first moments: SIGTERM in each of them, and processes that never come up."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import which

import pytest

from tests.harness.contents import check_that_nothing_is_lost, file_in
from tests.harness.processes import BIN, ROOT, environment, launched
from tests.harness.service import Service, running
from tests.harness.waits import LIMIT_SECONDS, wait_until

SERVE, WORKER = ("main.py", "serve"), ("main.py", "worker")
CELERY = ("-m", "celery", "-A", "entrypoints.celery_worker", "worker")
# In a process namespace of its own, a process is the first one, as in a container.
FIRST = ("unshare", "--map-root-user", "--user", "--fork", "--pid")
HANGS = """
import pathlib, time

pathlib.Path(__file__).with_suffix(".reached").touch()
time.sleep(3600)
"""
# Asked for `work` in each process again, though the module is imported before the fork.
IN_A_SERVER_PROCESS = """
import multiprocessing, os, pathlib, time

def __getattr__(name):
    if name == "work" and multiprocessing.parent_process() is not None:
        {happens}
    return lambda order: None
"""
HANGS_IN_A_SERVER_PROCESS = IN_A_SERVER_PROCESS.format(
    happens='pathlib.Path(__file__).with_suffix(".reached").touch(); time.sleep(3600)'
)
DIES_IN_A_SERVER_PROCESS = IN_A_SERVER_PROCESS.format(happens="os._exit(9)")


@contextmanager
def hanging(
    folder: Path, module: str, code: str, *command: str | Path
) -> Iterator[subprocess.Popen[str]]:
    """The command, once it hangs in this module."""
    (folder / f"{module}.py").write_text(code)
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment(folder, PROCESSOR="own:work"),
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        wait_until(lambda: (folder / f"{module}.reached").exists() or process.poll() is not None)
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def end_of(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=LIMIT_SECONDS)
    return process.returncode, said


@pytest.mark.parametrize(
    ("command", "module", "code"),
    [
        (SERVE, "click", HANGS),  # the first import that is not ours
        (WORKER, "click", HANGS),
        (CELERY, "flask", HANGS),  # Celery itself comes before us
        (SERVE, "own", HANGS),  # all is ready but the user's own code
        (SERVE, "own", HANGS_IN_A_SERVER_PROCESS),
    ],
    ids=["serve", "worker", "celery", "just before it listens", "in a server process"],
)
def test_sigterm_in_the_first_moments_is_a_clean_end(
    tmp_path: Path, command: tuple[str, ...], module: str, code: str
) -> None:
    with hanging(tmp_path, module, code, BIN / "python", *command) as process:
        process.send_signal(signal.SIGTERM)

        assert end_of(process) == (0, "")


def test_sigterm_reaches_the_first_process_of_a_container_at_once(tmp_path: Path) -> None:
    if (
        which(FIRST[0]) is None
        or subprocess.run([*FIRST, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("this user can make no process namespaces")
    command = (*FIRST, BIN / "python", *SERVE)
    with hanging(tmp_path, "click", HANGS, *command) as process:
        (first,) = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        os.kill(int(first), signal.SIGTERM)

        assert end_of(process) == (0, "")


def test_sigterm_before_a_migration_has_begun_is_no_success(tmp_path: Path) -> None:
    command = (BIN / "python", "main.py", "migrate")
    with hanging(tmp_path, "click", HANGS, *command) as process:
        process.send_signal(signal.SIGTERM)

        assert end_of(process) == (128 + signal.SIGTERM, "")


def test_a_service_whose_processes_never_come_up_gives_up(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(DIES_IN_A_SERVER_PROCESS)
    with launched(Service(tmp_path, PROCESSOR="own:work")) as service:
        assert service.wait() == 2
    assert "\nerror: no server process stays up" in service.log.read_text()


CLOSES_ALL_FILES_ONCE = """
import os, pathlib

done = pathlib.Path(__file__).with_suffix(".done")

def work(order):
    if not done.exists():
        done.touch()
        os.closerange(3, 4096)
"""


def test_a_process_whose_files_were_closed_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(CLOSES_ALL_FILES_ONCE)
    with running(tmp_path, PROCESSOR="own:work", LEASE_SECONDS=2, SWEEP_SECONDS=0.1) as service:
        replaced = service.children()
        with suppress(OSError):  # its answer may go with the files
            service.create("order-1")
        wait_until(lambda: bool(service.children()) and service.children() != replaced)
        wait_until(lambda: service.count("completed") == 1)

        assert service.terminate() == 0
    check_that_nothing_is_lost(file_in(tmp_path), {"order-1"})
