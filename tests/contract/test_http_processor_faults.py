"""HttpProcessor, when no whole answer comes, or far too much of one."""

import asyncio
import socket
from contextlib import ExitStack, suppress

import pytest

from adapters.clock import ManualClock
from adapters.processors.http import HttpProcessor
from adapters.processors.http_answers import BODY_BYTES
from adapters.standard_webhooks import StandardWebhooks
from application.ports import AttemptFailed, OrderRejected, ProcessorUnavailable
from tests.harness.builders import LEASE, START, an_order
from tests.harness.fulfilment import SECRET, Reply, answer, fulfilment, stay_silent
from tests.harness.processes import free_port

PARTS = [b"HTTP/1.1 200 OK\r\n", b"Content-Length: 100\r\n\r\n", b"half of it"]


def process(url: str, *, connect_seconds: float = 60, answer_seconds: float = 60) -> None:
    async def run() -> None:
        clock = ManualClock()
        signatures = StandardWebhooks(SECRET, clock)
        processor = HttpProcessor(url, signatures, clock, connect_seconds, answer_seconds)
        try:
            await processor.process(an_order().start(START, LEASE, "me").new)
        finally:
            await processor.close()

    asyncio.run(run())


def reason_for(reply: Reply, **limits: float) -> str:
    with fulfilment(reply) as system, pytest.raises(AttemptFailed) as failed:
        process(system.url, **limits)
    assert failed.value.__cause__ is not None
    return failed.value.reason


def test_an_answer_that_does_not_come_is_waited_for_so_long() -> None:
    reason = reason_for(stay_silent, answer_seconds=0.2)

    assert reason == "the fulfilment system did not answer within 0.2 s"


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_an_answer_that_never_ends_is_waited_for_no_longer(parts: int) -> None:
    def answer_in_part(client: socket.socket) -> None:
        client.sendall(b"".join(PARTS[:parts]))
        stay_silent(client)

    assert "did not answer within 0.2 s" in reason_for(answer_in_part, answer_seconds=0.2)


def test_who_hangs_up_without_an_answer_is_asked_again() -> None:
    assert reason_for(socket.socket.close) == "the fulfilment system hung up without an answer"


@pytest.mark.parametrize("parts", [1, 2, 3])
def test_half_an_answer_completes_nothing(parts: int) -> None:
    def answer_in_part(client: socket.socket) -> None:
        client.sendall(b"".join(PARTS[:parts]))

    reason = reason_for(answer_in_part)

    assert reason.startswith("the fulfilment system")


@pytest.mark.parametrize("reply", [b"no HTTP\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n", b"\0" * 100])
def test_what_is_not_http_completes_nothing(reply: bytes) -> None:
    assert reason_for(reply) == "the fulfilment system's answer broke off, or is not HTTP"


def test_who_does_not_listen_is_unavailable() -> None:
    with pytest.raises(ProcessorUnavailable, match="cannot be reached"):
        process(f"http://127.0.0.1:{free_port()}/orders")


def test_an_unknown_host_is_unavailable() -> None:
    with pytest.raises(ProcessorUnavailable, match="cannot be reached"):
        process("http://nowhere.invalid/orders")


def test_who_cannot_be_reached_is_waited_for_so_long() -> None:
    with ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # more than wait to be accepted: what comes then hears nothing
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            with suppress(BlockingIOError):
                waiting.connect(full.getsockname())

        with pytest.raises(ProcessorUnavailable, match=r"cannot be reached within 0\.2 s"):
            process(f"http://127.0.0.1:{full.getsockname()[1]}/", connect_seconds=0.2)


def test_no_more_of_a_body_is_read_than_a_reason_may_need() -> None:
    sent = 0

    def answer_for_ever(client: socket.socket) -> None:
        nonlocal sent
        client.sendall(b"HTTP/1.1 422 x\r\nContent-Type: text/plain\r\n\r\nno such item\n")
        with suppress(OSError):  # it hung up
            while True:
                sent += client.send(b"x" * BODY_BYTES)

    with fulfilment(answer_for_ever) as system, pytest.raises(OrderRejected, match="no such item"):
        process(system.url)

    assert sent < 100 * BODY_BYTES  # what the sockets take, and no more


def test_a_success_with_an_endless_body_completes() -> None:
    def answer_for_ever(client: socket.socket) -> None:
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(OSError):
            while True:
                client.sendall(b"x" * BODY_BYTES)

    with fulfilment(answer_for_ever) as system:
        process(system.url)


def test_interim_answers_are_passed_over() -> None:
    with fulfilment(b"HTTP/1.1 102 Processing\r\n\r\n" + answer(200)) as system:
        process(system.url)
