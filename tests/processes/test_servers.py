"""Servers other than our own: the lifecycle runs once, in the processes that serve."""

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.harness.builders import order_body
from tests.harness.contents import check_that_nothing_is_lost, file_in, rows
from tests.harness.processes import launched
from tests.harness.service import OWN_SERVER, Service, running
from tests.harness.waits import wait_until

FLASK = ("flask", "--app", "main", "run", "--port", "{port}")
GUNICORN = ("gunicorn", "--no-control-socket", "--threads", "4", "-b", "127.0.0.1:{port}")
MEBIBYTE = 1024 * 1024
APP = "main:create_app()"
FAST: dict[str, Any] = {"PROCESSING_SECONDS": "0.1", "SWEEP_SECONDS": 0.1}


def threads(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/task").iterdir()))


@pytest.mark.usefixtures("fresh_processes")
@pytest.mark.parametrize(
    "command",
    [
        OWN_SERVER,
        FLASK,
        (*GUNICORN, APP),
        (*GUNICORN, "--workers", "2", APP),
        (*GUNICORN, "--workers", "2", "--preload", APP),
    ],
    ids=["serve", "flask", "gunicorn", "gunicorn with two workers", "gunicorn that preloads"],
)
def test_orders_are_processed_and_a_stop_is_clean(tmp_path: Path, command: tuple[str, ...]) -> None:
    with running(tmp_path, command, **FAST, DRAIN_SECONDS=0.2) as service:
        service.post("/orders/populate", {"total_entries": 20, "batch_id": "b"})  # no hints
        assert service.create("order-1") == 201
        wait_until(lambda: service.count("completed") == 21)
        wait_until(lambda: service.get("/readyz")[0] == 200)

        assert service.terminate() == 0

    check_that_nothing_is_lost(file_in(tmp_path), {"order-1"})
    assert rows(tmp_path, "SELECT max(attempt) FROM orders") == [(1,)]


@pytest.mark.parametrize("command", [OWN_SERVER, (*GUNICORN, APP)], ids=["serve", "gunicorn"])
def test_a_batch_may_be_larger_than_other_bodies(tmp_path: Path, command: tuple[str, ...]) -> None:
    orders = [
        order_body(f"ORD{number}") | {"item_ids": list(range(1_000))} for number in range(1_000)
    ]
    with running(tmp_path, command, **FAST) as service:
        status, answer = service.post("/orders/batch", orders)  # of almost 5 MB
        refused, _ = service.post("/orders/", order_body() | {"note": "x" * MEBIBYTE})

        assert (status, refused) == (207, 413)
        assert {result["status"] for result in answer["results"]} == {201}
        wait_until(lambda: service.count("completed") == 1_000)

    check_that_nothing_is_lost(file_in(tmp_path))


def test_a_preloading_parent_does_no_background_work(tmp_path: Path) -> None:
    command = (*GUNICORN, "--workers", "2", "--preload", APP)
    with running(tmp_path, command, **FAST) as service:
        wait_until(lambda: [threads(worker) > 2 for worker in service.children()] == [True, True])

        assert threads(service.pid) == 1


def test_the_parent_of_a_reloader_does_no_background_work(tmp_path: Path) -> None:
    with running(tmp_path, (*FLASK, "--reload"), **FAST) as service:
        wait_until(lambda: service.get("/readyz")[0] == 200)

        assert threads(service.pid) == 1
        service.create("order-1")
        wait_until(lambda: service.count("completed") == 1)


def test_a_parent_that_forks_late_hands_its_lifecycle_over(tmp_path: Path) -> None:
    """Gunicorn loads the app, and then waits for the port until it is free."""
    command = (*GUNICORN, "--preload", APP)
    service = Service(tmp_path, command, **FAST)
    with ExitStack() as stack:
        with socket.create_server(("127.0.0.1", service.port)):
            stack.enter_context(launched(service))
            wait_until(lambda: "in use" in service.log.read_text() and threads(service.pid) > 1)
        service.wait_until_it_answers()
        wait_until(lambda: service.get("/readyz")[0] == 200)
        service.create("order-1")
        wait_until(lambda: service.count("completed") == 1)

        assert not [
            name for name in open_files(service.pid) if name.startswith(str(tmp_path / "orders.db"))
        ]
        assert service.terminate() == 0
    check_that_nothing_is_lost(file_in(tmp_path), {"order-1"})


def test_a_processor_that_forks_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "forks.py").write_text(FORKS)
    with running(tmp_path, PROCESSOR="forks:work", LEASE_SECONDS=2, SWEEP_SECONDS=0.1) as service:
        for number in range(5):
            service.create(f"order-{number}")  # some before the background has begun
        wait_until(lambda: service.count("completed") == 5)
        wait_until(lambda: service.get("/readyz")[0] == 200)

        assert service.terminate() == 0

    assert rows(tmp_path, "SELECT max(attempt) FROM orders") == [(1,)]
    check_that_nothing_is_lost(file_in(tmp_path), {f"order-{number}" for number in range(5)})


def open_files(pid: int) -> list[str]:
    return [str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]


FORKS = """
import multiprocessing, time

def work(order):
    child = multiprocessing.get_context("fork").Process(target=time.sleep, args=(1.5,))
    child.start()
    child.join()
"""
