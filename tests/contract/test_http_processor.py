"""OrderProcessor over HTTP, against a real server that answers in all the ways that one can."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from queue import SimpleQueue
from typing import TypeVar

import pytest

from adapters.clock import ManualClock
from adapters.in_process.workers import Finished
from adapters.processors.http import HttpProcessor
from adapters.processors.http_answers import REASON_LENGTH
from adapters.standard_webhooks import StandardWebhooks
from application.ports import Accepted, AttemptFailed, OrderRejected, RetryLater
from application.processing.outcomes import Outcomes
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import OrderStatus
from entrypoints.wiring.processors import workers_for
from tests.harness.builders import LEASE, START, a_breaker, an_order
from tests.harness.fulfilment import SECRET, FulfilmentSystem, Reply, answer, fulfilment
from tests.harness.waits import LIMIT_SECONDS, wait_until

Result = TypeVar("Result")


def started(order_id: str = "ORD003", attempt: int = 1) -> Order:
    waiting = an_order(order_id)._replace(attempt=attempt - 1)
    return waiting.start(START, LEASE, "me").new


def with_processor(url: str, use: Callable[[HttpProcessor], Awaitable[Result]]) -> Result:
    """What comes of using a processor that has its orders done there, within one event loop."""

    async def run() -> Result:
        clock = ManualClock()
        processor = HttpProcessor(url, StandardWebhooks(SECRET, clock), clock, 60, 60)
        try:
            return await use(processor)
        finally:
            await processor.close()

    return asyncio.run(run())


def result_of(reply: Reply) -> Accepted | None:
    with fulfilment(reply) as system:
        return with_processor(system.url, lambda processor: processor.process(started()))


def test_the_order_is_sent_as_json_with_its_attempt() -> None:
    with fulfilment(answer(200)) as system:
        with_processor(system.url, lambda processor: processor.process(started(attempt=3)))

    (request,) = system.received
    assert request.line == "POST /orders HTTP/1.1"
    assert request.headers["content-type"] == "application/json"
    assert request.document == {
        "order_id": "ORD003",
        "user_id": 1,
        "item_ids": [101, 102, 103],
        "total_amount": 59.99,
        "created_at": "2025-02-21T15:00:17.000000+00:00",
        "attempt": 3,
    }


def sent_twice(first: Order, second: Order) -> FulfilmentSystem:
    async def use(processor: HttpProcessor) -> None:
        await processor.process(first)
        await processor.process(second)

    with fulfilment(answer(200)) as system:
        with_processor(system.url, use)
    return system


def test_all_attempts_of_an_order_have_one_idempotency_key() -> None:
    system = sent_twice(started(attempt=1), started(attempt=2))

    assert [each.headers["idempotency-key"] for each in system.received] == ["ORD003"] * 2


def test_an_attempt_is_a_message_of_its_own_that_keeps_its_id() -> None:
    first, again = sent_twice(started(attempt=1), started(attempt=1)).received
    _, second = sent_twice(started(attempt=1), started(attempt=2)).received

    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.headers["webhook-id"] != second.headers["webhook-id"]
    assert "." not in sent_twice(started("a.b"), started("a.c")).received[0].headers["webhook-id"]


def test_a_request_is_signed() -> None:
    (request,) = sent_twice(started(), started()).received[:1]

    StandardWebhooks(SECRET, ManualClock()).check(request.headers, request.body)


def test_a_connection_is_kept_for_the_next_order() -> None:
    assert sent_twice(started("A"), started("B")).connections == 1


@pytest.mark.parametrize("status", [200, 201, 204])
def test_any_success_completes(status: int) -> None:
    assert result_of(answer(status)) is None


def test_202_says_that_the_work_goes_on_elsewhere() -> None:
    accepted = result_of(answer(202))

    assert isinstance(accepted, Accepted)
    assert accepted.within is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422])
def test_a_permanent_refusal_fails_the_order_with_the_reason_given(status: int) -> None:
    with pytest.raises(OrderRejected) as refused:
        result_of(answer(status, {"reason": "item 102 is not sold any more"}))

    assert refused.value.reason == "item 102 is not sold any more"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": "no such item"}, "no such item"),
        ({"detail": "no such item\nTraceback"}, "no such item"),
        ({"error": {"code": 7}, "message": "no such item"}, "no such item"),
        ("no such item\r\nsecond line", "no such item"),
        ("\n no such item", "no such item"),
        ({"message": "x" * 1_000}, "x" * (REASON_LENGTH - 1) + "…"),
        ({"status": 422}, "the fulfilment system answered 422"),
        (["no such item"], "the fulfilment system answered 422"),
        ("", "the fulfilment system answered 422"),
    ],
)
def test_a_reason_is_one_line_of_the_body_if_there_is_one(body: object, reason: str) -> None:
    with pytest.raises(OrderRejected) as refused:
        result_of(answer(422, body))

    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "reply",
    [
        answer(422, "<h1>no such item</h1>", Content_Type="text/html"),
        answer(422, "{", Content_Type="application/json"),
        answer(422, "[" * 10_000, Content_Type="application/json"),
        b"HTTP/1.1 422 x\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n\xff",
    ],
    ids=["a page", "half of JSON", "deep JSON", "no text"],
)
def test_a_body_that_is_for_nobody_gives_no_reason(reply: bytes) -> None:
    with pytest.raises(OrderRejected, match=r"^the fulfilment system answered 422$"):
        result_of(reply)


def test_redirects_are_not_followed() -> None:
    with fulfilment(answer(200)) as other:
        redirect = answer(307, Location=other.url)
        with pytest.raises(OrderRejected, match="answered 307, a redirect, and none is followed"):
            result_of(redirect)

    assert other.received == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_go_better_the_next_time_is_a_failed_attempt(status: int) -> None:
    with pytest.raises(AttemptFailed) as failed:
        result_of(answer(status, {"reason": "secret trace"}))

    assert failed.value.reason == f"the fulfilment system answered {status}"
    assert failed.value.wait == timedelta(0)


@pytest.mark.parametrize(
    ("status", "answered"),
    [(408, True), (429, True), (500, True), (502, False), (503, False), (504, False)],
)
def test_a_system_that_fails_has_answered_but_not_one_for_which_its_gateway_speaks(
    status: int, answered: bool
) -> None:
    with pytest.raises(AttemptFailed) as failed:
        result_of(answer(status))

    assert failed.value.answered is answered


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("30", 30),
        ("0", 1),
        ("99999999999999999999", 86_400),
        ("Fri, 21 Feb 2025 15:01:17 GMT", 60),
        ("Fri, 21 Feb 2025 14:00:00 GMT", 1),
        ("Fri, 21 Feb 2125 15:01:17 -0000", 86_400),
    ],
)
def test_who_says_when_it_has_time_again_is_asked_again_then(
    status: int, retry_after: str, seconds: int
) -> None:
    with pytest.raises(RetryLater) as later:
        result_of(answer(status, Retry_After=retry_after))

    assert later.value.reason == f"the fulfilment system answered {status}"
    assert later.value.wait == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "retry_after", ["soon", "-5", "", "1.5", "\u0663", f"Fri, 21 Feb 2025 15:01:17 +{'9' * 20}"]
)
def test_a_time_that_cannot_be_read_is_none(retry_after: str) -> None:
    with pytest.raises(AttemptFailed):
        result_of(answer(503, Retry_After=retry_after))


def test_a_failed_attempt_waits_as_long_as_it_is_told() -> None:
    with pytest.raises(AttemptFailed) as failed:
        result_of(answer(500, Retry_After="30"))

    assert failed.value.wait == timedelta(seconds=30)


def test_connections_are_given_up_with_the_workers() -> None:
    clock = ManualClock()
    outcomes = Outcomes(clock, RetryPolicy(), LEASE, time_limit=None, breaker=a_breaker(clock))
    finished: SimpleQueue[Sequence[Finished]] = SimpleQueue()
    with fulfilment(answer(200)) as system:
        processor = HttpProcessor(system.url, StandardWebhooks(SECRET, clock), clock, 60, 60)
        workers = workers_for(processor, outcomes, max_workers=1)
        workers.prepare(1)
        workers.begin([started()], finished.put)
        ((_, outcome),) = finished.get(timeout=LIMIT_SECONDS)
        assert outcome is not None
        assert outcome.new.status is OrderStatus.COMPLETED

        workers.stop()

        wait_until(lambda: system.hung_up == system.connections == 1)
