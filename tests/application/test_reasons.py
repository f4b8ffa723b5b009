"""Why an attempt failed, in words that every database can store and every reader can bear."""

from datetime import timedelta

import pytest

from adapters.processors.scripted import ScriptedProcessor
from application.ports import AttemptFailed, OrderRejected, RetryLater
from domain.retry_policy import RetryPolicy
from domain.rules import REASON_LENGTH
from domain.transitions import OrderStatus
from tests.application.stories import place, stored
from tests.conftest import World


class Speechless(Exception):
    """Cannot be turned into text."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def reason_of(world: World, error: BaseException) -> str | None:
    world.process_with(ScriptedProcessor(error))
    place(world)
    world.work()
    return stored(world).reason


def test_an_exception_is_named_with_its_text(world: World) -> None:
    assert reason_of(world, ValueError("no such item")) == "ValueError\nno such item"


@pytest.mark.parametrize("kind", [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit])
def test_whatever_a_processor_raises_is_a_failed_attempt_of_which_clients_see_the_kind(
    world: World, kind: type[BaseException]
) -> None:
    reason_of(world, kind("password=hunter2"))

    order = stored(world)
    assert (order.status, order.failures) == (OrderStatus.PENDING, 1)
    assert order.public_reason == kind.__name__


def test_what_a_processor_says_to_clients_is_one_line(world: World) -> None:
    reason_of(world, OrderRejected("not sold\nany more"))

    assert stored(world).public_reason == "not sold any more"


@pytest.mark.parametrize("error", [ValueError("x" * 10_000_000), OrderRejected("x" * 10_000)])
def test_a_long_reason_is_cut(world: World, error: Exception) -> None:
    reason = reason_of(world, error)

    assert reason is not None
    assert len(reason) == REASON_LENGTH
    assert reason.endswith("x…")


def test_a_reason_that_just_fits_is_not_cut(world: World) -> None:
    assert reason_of(world, OrderRejected("x" * REASON_LENGTH)) == "x" * REASON_LENGTH


@pytest.mark.parametrize(
    ("text", "readable"), [("a\0b", "a?b"), ("a\ud800b", "a?b"), ("ça va?", "ça va?")]
)
def test_what_some_database_cannot_store_is_replaced(
    world: World, text: str, readable: str
) -> None:
    assert reason_of(world, OrderRejected(text)) == readable


def test_an_exception_without_words_is_a_failed_attempt_all_the_same(world: World) -> None:
    reason = reason_of(world, Speechless())

    assert reason == "Speechless\n(no text)"
    assert stored(world).failures == 1


def test_what_a_processor_raises_says_in_a_traceback_what_it_wants() -> None:
    assert str(OrderRejected("not sold any more")) == "not sold any more"
    assert str(RetryLater("closed", timedelta(seconds=1))) == "closed"
    with pytest.raises(TypeError, match="RetryLater: wait must be a timedelta, not 5"):
        RetryLater("closed", 5)  # type: ignore[arg-type]  # users' processors need not be typed
    with pytest.raises(TypeError, match="AttemptFailed: wait must be a timedelta, not 5"):
        AttemptFailed("closed", 5)  # type: ignore[arg-type]


def test_a_failed_attempt_may_say_why_to_clients_and_more_to_operators(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    failed = AttemptFailed("no courier\ntoday")
    failed.__cause__ = ConnectionError("password=hunter2")

    reason_of(world, failed)

    order = stored(world)
    assert (order.status, order.failures) == (OrderStatus.PENDING, 1)
    assert order.public_reason == "no courier today"
    assert order.reason == "no courier today\nConnectionError: password=hunter2"
    assert caplog.messages == ["order ORD003: attempt 1 failed: no courier today"]


@pytest.mark.parametrize(
    ("asked", "seconds"), [(-5, 0.5), (0, 0.5), (0.6, 0.6), (60, 60), (86_400, 60)]
)
def test_a_failed_attempt_may_ask_for_a_longer_back_off_up_to_the_cap(
    world: World, asked: float, seconds: float
) -> None:
    world.container.retry_policy.override(RetryPolicy(jitter=lambda: 0.5))

    reason_of(world, AttemptFailed("no courier", timedelta(seconds=asked)))

    assert stored(world).due_at == world.clock.now() + timedelta(seconds=seconds)


class OutOfStock(OrderRejected):
    """Forgets what a subclass should do."""

    def __init__(self, shelf: int) -> None:
        self.shelf = shelf


def test_a_refusal_that_forgot_its_reason_is_a_refusal_still(world: World) -> None:
    assert reason_of(world, OutOfStock(7)) == "rejected"
    assert stored(world).status is OrderStatus.FAILED
