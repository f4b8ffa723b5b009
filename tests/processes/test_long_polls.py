"""Prefer: wait=N on our server: many wait for orders, and hold no thread."""

import json
import signal
import time
from contextlib import ExitStack
from pathlib import Path

from tests.harness.service import Service, running
from tests.harness.waits import wait_until
from tests.processes.test_slow_clients import connect, read_until

MANY = 300  # more than the server has threads by far
WAIT = b"GET /orders/ORD003 HTTP/1.1\r\nHost: here\r\nPrefer: wait=60\r\nConnection: close\r\n\r\n"
HEAD = WAIT.replace(b"GET", b"HEAD").replace(b"60", b"1")
SOON_SECONDS = 30  # half of what they would wait


def test_hundreds_wait_without_a_thread_and_hear_of_the_change(tmp_path: Path) -> None:
    with (
        running(tmp_path, PROCESSING_SECONDS=60, MAX_WORKERS=1, SERVER_THREADS=2) as service,
        ExitStack() as stack,
    ):
        keep_the_worker_busy(service)
        service.create("ORD003")
        waiting = [stack.enter_context(connect(service, WAIT)) for _ in range(MANY)]
        began = time.monotonic()
        assert service.get("/healthz")[0] == 200

        assert service.post("/orders/ORD003/cancel", {})[0] == 200

        answers = [read_until(client, b"}\n") for client in waiting]
        assert time.monotonic() - began < SOON_SECONDS
        documents = [json.loads(answer.partition(b"\r\n\r\n")[2]) for answer in answers]
        assert {document["status"] for document in documents} == {"Cancelled"}


def test_who_has_this_version_hears_that_nothing_has_changed(tmp_path: Path) -> None:
    with running(tmp_path, PROCESSING_SECONDS=60, MAX_WORKERS=1) as service:
        keep_the_worker_busy(service)
        service.create("ORD003")
        wait = WAIT.replace(b"wait=60", b'wait=1\r\nIf-None-Match: "1"')
        with connect(service, wait) as client, connect(service, HEAD) as other:
            known, head = (read_until(each, b"\r\n\r\n") for each in (client, other))

    assert known.startswith(b"HTTP/1.1 304")
    assert b'etag: "1"' in known
    assert head.startswith(b"HTTP/1.1 200")


def test_a_stop_answers_those_who_wait(tmp_path: Path) -> None:
    with running(tmp_path, PROCESSING_SECONDS=60, MAX_WORKERS=1, SERVER_THREADS=1) as service:
        keep_the_worker_busy(service)
        service.create("ORD003")
        with connect(service, WAIT) as client:
            service.get("/orders/ORD003")  # the one thread has had the other request before
            service.process.send_signal(signal.SIGTERM)
            answer = read_until(client, b"}\n")

    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"status":"Pending"' in answer


def keep_the_worker_busy(service: Service) -> None:
    """Until the end: the next order stays Pending."""
    service.create("first")
    wait_until(lambda: service.count("Processing") == 1)
