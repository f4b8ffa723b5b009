"""ProcessingQueue: what every queue promises."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.celery.queue import CeleryQueue
from adapters.memory.queue import InMemoryQueue
from application.ports import ProcessingQueue
from tests.contract.fake_broker import FakeBroker
from tests.contract.pools import Pool, pool
from tests.harness.builders import an_order
from tests.harness.waits import LIMIT_SECONDS, wait_until

__all__ = ["pool"]  # a fixture

NO_TIME = timedelta(0)


@pytest.fixture
def celery_queue() -> Iterator[CeleryQueue]:
    """Of a broker that takes no hint yet."""
    broker = FakeBroker()
    queue = CeleryQueue(broker, lambda hints: None, lambda: None, window=4)
    wait_until(lambda: queue.free_slots() == 4)
    yield queue
    broker.lets_publish.set()
    queue.close(timedelta(seconds=LIMIT_SECONDS))


@pytest.fixture(params=["memory", "thread pool", "celery"])
def queue(request: pytest.FixtureRequest, pool: Pool, celery_queue: CeleryQueue) -> ProcessingQueue:
    """An implementation with a window of four, of which nothing is finished yet."""
    if request.param == "memory":
        return InMemoryQueue(window=4)
    return pool.queue if request.param == "thread pool" else celery_queue


def test_a_queue_takes_orders_while_it_has_room(queue: ProcessingQueue) -> None:
    assert queue.free_slots() == 4
    assert queue.submit(an_order("a"))
    assert queue.free_slots() == 3


def test_an_order_that_is_held_is_ignored(queue: ProcessingQueue) -> None:
    queue.submit(an_order("a"))

    assert queue.submit(an_order("a"))

    assert queue.free_slots() == 3


def test_a_queue_is_bounded(queue: ProcessingQueue) -> None:
    taken = [queue.submit(an_order(f"o{number}")) for number in range(20)]

    assert queue.free_slots() == 0
    assert taken[:4] == [True] * 4
    assert taken[-1] is False


def test_a_closed_queue_takes_nothing_and_says_so(queue: ProcessingQueue) -> None:
    queue.close(NO_TIME)

    assert queue.free_slots() == 0
    assert queue.submit(an_order("a")) is False


def test_closing_twice_does_no_harm(queue: ProcessingQueue) -> None:
    queue.close(NO_TIME)
    queue.close(NO_TIME)
