"""What a client does to the connection itself: chunks, half a body, no body, silence."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.harness.builders import order_body
from tests.harness.service import Service, running
from tests.harness.waits import LIMIT_SECONDS

ORDER = json.dumps(order_body("raw")).encode()
HEAD = b"POST /orders/ HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(
        tmp_path_factory.mktemp("service"), PROCESSING_SECONDS=0, SERVER_THREADS=8
    ) as service:
        yield service


def send(service: Service, request: bytes, *, hang_up: bool = False) -> tuple[int, bytes]:
    """The status, and the rest of the answer; `hang_up` ends the sending side after the request."""
    with closing(socket.create_connection(("127.0.0.1", service.port), LIMIT_SECONDS)) as client:
        client.sendall(request)
        if hang_up:
            client.shutdown(socket.SHUT_WR)
        answer = b""
        while b"\r\n\r\n" not in answer or b"}" not in answer.partition(b"\r\n\r\n")[2]:
            received = client.recv(65_536)
            if not received:
                break
            answer += received
    return int(answer.split()[1]) if answer else 0, answer


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_a_chunked_body_is_read_whole(service: Service) -> None:
    request = CHUNKED + chunk(ORDER[:10]) + chunk(ORDER[10:]) + chunk(b"")

    assert send(service, request)[0] == 201


@pytest.mark.parametrize("padding", [b" ", b"x"])
def test_a_chunked_body_over_the_limit_is_413_whatever_it_begins_with(
    service: Service, padding: bytes
) -> None:
    order = ORDER.replace(b"raw", b"too-large")
    body = order + padding * (MIB + 1 - len(order))
    status, answer = send(service, CHUNKED + chunk(body) + chunk(b""))

    assert status == 413
    assert b'"error":' in answer
    assert service.get("/orders/too-large")[0] == 404


def test_a_body_of_exactly_the_limit_is_read(service: Service) -> None:
    order = ORDER.replace(b"raw", b"at-the-limit")
    body = order + b" " * (MIB - len(order))

    assert send(service, CHUNKED + chunk(body) + chunk(b""))[0] == 201


def test_a_body_that_is_announced_to_be_over_the_limit_is_413_before_it_is_sent(
    service: Service,
) -> None:
    status, answer = send(service, HEAD + f"Content-Length: {MIB + 1}\r\n\r\n".encode())

    assert status == 413
    assert b'"error":' in answer


def test_a_body_that_breaks_off_stores_nothing(service: Service) -> None:
    order = ORDER.replace(b"raw", b"broken-off")  # complete, but more was announced
    head = HEAD + f"Content-Length: {len(order) + 10}\r\n\r\n".encode()

    assert send(service, head + order, hang_up=True)[0] == 400
    assert service.get("/orders/broken-off")[0] == 404


@pytest.mark.parametrize(
    "path", [b"/orders/%00", b"/orders/%ff", b"/orders/%ed%a0%80", b"//orders//x", b"/orders/a%2Fb"]
)
def test_a_strange_path_is_404_in_json(service: Service, path: bytes) -> None:
    status, answer = send(service, b"GET " + path + b" HTTP/1.1\r\nHost: here\r\n\r\n")

    assert status == 404
    assert b'"error":' in answer


def test_headers_cannot_grow_without_a_limit(service: Service) -> None:
    header = b"X: " + b"x" * (MIB // 4)

    status, _ = send(service, b"GET /healthz HTTP/1.1\r\nHost: here\r\n" + header)  # unfinished

    assert status == 431


def test_many_clients_that_never_finish_do_not_hold_up_the_others(service: Service) -> None:
    clients = [socket.create_connection(("127.0.0.1", service.port)) for _ in range(64)]
    try:
        for client in clients:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")

        assert service.get("/healthz")[0] == 200
    finally:
        for client in clients:
            client.close()


def test_a_chunked_body_that_breaks_off_stores_nothing(service: Service) -> None:
    order = ORDER.replace(b"raw", b"cut-off")  # complete, but its last chunk is missing

    assert send(service, CHUNKED + chunk(order), hang_up=True)[0] == 400
    assert service.get("/orders/cut-off")[0] == 404
