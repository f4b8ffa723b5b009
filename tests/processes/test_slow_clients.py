"""Clients that idle, send slowly, listen or do not read: they hold no thread and no memory."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from entrypoints.serving.request_body import BODY_SECONDS
from tests.harness.service import Service, running
from tests.harness.waits import LIMIT_SECONDS, wait_until

STREAMING = ("python", "-m", "tests.harness.streaming")
HALF_A_BODY = (
    b"POST /orders/ HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
    b"Content-Length: 100\r\n\r\n{"
)
HEADERS_OF_A_BODY = (
    b"POST /news HTTP/1.1\r\nHost: here\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n"
)
MANY = 300  # more than the server has threads by far
HOUR_SECONDS = 3_600


def connect(service: Service, request: bytes = b"") -> socket.socket:
    client = socket.create_connection(("127.0.0.1", service.port), LIMIT_SECONDS)
    client.sendall(request)
    return client


def get(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: here\r\n\r\n".encode()


@contextmanager
def connected(
    service: Service, clients: int, request: bytes = b""
) -> Iterator[list[socket.socket]]:
    """So many clients that have sent this."""
    with ExitStack() as stack:
        yield [stack.enter_context(connect(service, request)) for _ in range(clients)]


def read_until(client: socket.socket, end: bytes) -> bytes:
    """What the client gets until this, or until its end."""
    received = b""
    while end not in received and (some := client.recv(65_536)):
        received += some
    return received


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(
        tmp_path_factory.mktemp("service"), PROCESSING_SECONDS=0, SERVER_THREADS=2
    ) as service:
        yield service


@pytest.fixture(scope="module")
def streaming(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(
        tmp_path_factory.mktemp("streaming"),
        STREAMING,
        SERVER_THREADS=2,
        DRAIN_SECONDS=HOUR_SECONDS,
    ) as service:
        yield service


def counts(streaming: Service) -> dict[str, int]:
    counted: dict[str, int] = streaming.get("/counts")[1]
    return counted


def test_idle_connections_and_half_sent_bodies_hold_up_nobody(service: Service) -> None:
    with connected(service, MANY), connected(service, MANY, HALF_A_BODY):
        for number in range(10):
            assert service.get("/healthz")[0] == 200
            assert service.create(f"order-{number}") == 201


def test_a_half_sent_body_is_cut_off_and_its_client_learns_why(service: Service) -> None:
    began = time.monotonic()
    with connect(service, HALF_A_BODY) as client:
        head, _, body = read_until(client, b"}}").partition(b"\r\n\r\n")
        rest = client.recv(1)

    assert time.monotonic() - began >= BODY_SECONDS
    assert head.startswith(b"HTTP/1.1 408 ")
    assert json.loads(body)["code"] == "request_timeout"
    assert rest == b""  # and the connection is closed


def test_many_listeners_wait_without_threads_and_all_get_the_news(streaming: Service) -> None:
    with connected(streaming, MANY, get("/listen")) as clients:
        greeted = [read_until(client, b"hello\n") for client in clients]
        wait_until(lambda: counts(streaming)["listeners"] == MANY)

        assert streaming.post("/news", "it rains")[0] == 200
        told = [read_until(client, b"0\r\n\r\n") for client in clients]

    assert all(b"200 OK" in one for one in greeted)
    assert all(b"news\n" in one for one in told)
    wait_until(lambda: counts(streaming)["listeners"] == 0)


def test_an_answer_is_closed_when_its_client_goes(streaming: Service) -> None:
    with connected(streaming, 10, get("/listen")) as clients:
        for client in clients:
            read_until(client, b"hello\n")
        wait_until(lambda: counts(streaming)["listeners"] == 10)

    wait_until(lambda: counts(streaming)["listeners"] == 0)


def test_nothing_is_made_ahead_of_a_client_that_does_not_read(streaming: Service) -> None:
    pulled = -1

    def stands_still() -> bool:
        nonlocal pulled
        before, pulled = pulled, counts(streaming)["pulled"]
        return pulled == before

    with connect(streaming, get("/endless")) as client:
        read_until(client, b"xxx")
        wait_until(stands_still, between_seconds=0.5)

    assert 0 < pulled < 1_000  # 64 MiB: what is in between, in the system and in the server


def test_a_stop_does_not_wait_for_half_sent_bodies(tmp_path: Path) -> None:
    with (
        running(tmp_path, STREAMING, SERVER_THREADS=2, DRAIN_SECONDS=HOUR_SECONDS) as service,
        connected(service, MANY, HEADERS_OF_A_BODY) as clients,
    ):
        for client in clients:
            read_until(client, b" 100 Continue\r\n\r\n")  # the server waits for the body

        assert service.terminate() == 0
        answers = [read_until(client, b'again"}') for client in clients]

    assert all(b" 503 " in one and b'"not_ready"' in one for one in answers)


def test_a_stop_does_not_wait_for_listeners(tmp_path: Path) -> None:
    with (
        running(tmp_path, STREAMING, SERVER_THREADS=2, DRAIN_SECONDS=HOUR_SECONDS) as service,
        connected(service, MANY, get("/listen")) as clients,
    ):
        for client in clients:
            read_until(client, b"hello\n")

        assert service.terminate() == 0
        ends = [read_until(client, b"0\r\n\r\n") for client in clients]

    assert all(end.endswith(b"0\r\n\r\n") and b"news" not in end for end in ends)
