"""CeleryQueue: what it promises beyond every queue, with a broker that can be slow or away."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest

from adapters.celery.app import to_arguments, to_hints
from adapters.celery.queue import CeleryQueue
from application.processing.follow_hints import Hint
from tests.contract.fake_broker import LIMIT_SECONDS, FakeBroker
from tests.harness.builders import LEASE, START, an_order
from tests.harness.waits import wait_until

LONG = timedelta(seconds=LIMIT_SECONDS)


class Sender:
    def __init__(self, measure_seconds: float = 0.01, in_a_message: int = 1) -> None:
        self.broker = FakeBroker()
        self.broker.lets_publish.set()
        self.has_room = threading.Event()
        self.followed: list[Hint] = []
        self.lets_go = threading.Event()
        self.queue = CeleryQueue(
            self.broker,
            self.follow,
            self.has_room.set,
            in_a_message=in_a_message,
            window=4,
            measure_seconds=measure_seconds,
            try_again_seconds=0.01,
        )

    def follow(self, hints: Sequence[Hint]) -> None:
        self.followed.extend(hints)
        self.lets_go.wait(LIMIT_SECONDS)

    def receive_in_a_thread(self, order_id: str) -> threading.Thread:
        thread = threading.Thread(target=self.queue.receive, args=([Hint(order_id, 0)],))
        thread.start()
        wait_until(lambda: (order_id, 0) in self.followed)
        return thread

    def end(self) -> None:
        self.lets_go.set()
        self.queue.close(LONG)


@pytest.fixture
def sender() -> Iterator[Sender]:
    sender = Sender()
    yield sender
    sender.end()


@pytest.fixture
def sender_that_measures_once() -> Iterator[Sender]:
    sender = Sender(measure_seconds=3_600)
    yield sender
    sender.end()


def test_a_message_is_the_order_s_id_and_attempt(sender: Sender) -> None:
    order = an_order("a")
    again = order.start(START, LEASE, "me").new.release(START).new
    sender.queue.submit(order)
    sender.queue.submit(again)

    wait_until(lambda: sender.broker.published == [Hint("a", 0), Hint("a", 1)])


@pytest.fixture
def bundling() -> Iterator[Sender]:
    """A sender that puts up to three hints in a message."""
    sender = Sender(in_a_message=3)
    yield sender
    sender.broker.lets_publish.set()
    sender.end()


def test_hints_that_wait_share_messages(bundling: Sender) -> None:
    bundling.broker.lets_publish.clear()
    wait_until(lambda: bundling.queue.free_slots() == 4)
    hints = [Hint(f"o{number}", 0) for number in range(4)]
    bundling.queue.submit(an_order("o0"))
    wait_until(lambda: bundling.broker.is_publishing)
    for hint in hints[1:]:
        bundling.queue.submit(an_order(hint.order_id))

    bundling.broker.lets_publish.set()

    wait_until(lambda: bundling.broker.messages == [hints[:1], hints[1:]])


def test_room_is_counted_in_hints(bundling: Sender) -> None:
    bundling.broker.messages = [[Hint("another's", 0)]]  # it could be three

    wait_until(lambda: bundling.queue.free_slots() == 1)


def test_what_it_published_itself_is_counted_exactly(bundling: Sender) -> None:
    wait_until(lambda: bundling.queue.free_slots() == 4)
    bundling.queue.submit(an_order("a"))
    wait_until(lambda: len(bundling.broker.messages) == 1)
    bundling.queue.submit(an_order("b"))
    wait_until(lambda: len(bundling.broker.messages) == 2)
    bundling.broker.measured.clear()
    assert bundling.broker.measured.wait(LIMIT_SECONDS)

    wait_until(lambda: bundling.queue.free_slots() == 2)


@pytest.mark.parametrize("number", [1, 2, 100])
def test_hints_are_the_arguments_of_a_message_and_back(number: int) -> None:
    hints = [Hint(f"o{attempt}", attempt) for attempt in range(number)]

    assert to_hints(to_arguments(hints)) == hints


def test_a_message_of_an_older_version_is_one_hint() -> None:
    assert to_arguments([Hint("a", 3)]) == ["a", 3]
    assert to_hints(("a", 3)) == [Hint("a", 3)]


@pytest.mark.parametrize("arguments", [["a"], [1, "a"], ["a", None], ["a", 1, "b"]])
def test_what_is_no_hint_is_refused(arguments: list[object]) -> None:
    with pytest.raises(ValueError, match=r"type|shorter"):
        to_hints(arguments)


def test_there_is_room_for_what_the_broker_s_queue_leaves(sender: Sender) -> None:
    sender.broker.messages = [[Hint("another's", 0)]] * 3

    wait_until(lambda: sender.queue.free_slots() == 1)

    sender.broker.consumed = 2
    wait_until(lambda: sender.queue.free_slots() == 3)


def test_what_was_just_published_counts_before_it_is_measured(
    sender_that_measures_once: Sender,
) -> None:
    sender = sender_that_measures_once
    wait_until(lambda: sender.queue.free_slots() == 4)
    for number in range(3):
        sender.queue.submit(an_order(f"o{number}"))
    wait_until(lambda: len(sender.broker.published) == 3)

    assert sender.queue.free_slots() == 1


def test_a_broker_that_is_away_leaves_room_for_nothing_until_it_is_back(sender: Sender) -> None:
    wait_until(lambda: sender.queue.free_slots() == 4)
    sender.broker.is_away = True
    wait_until(lambda: sender.queue.free_slots() == 0)
    sender.has_room.clear()

    sender.broker.is_away = False

    assert sender.has_room.wait(LIMIT_SECONDS)
    wait_until(lambda: sender.queue.free_slots() == 4)


def test_hints_that_the_broker_did_not_take_are_published_when_it_is_back(sender: Sender) -> None:
    sender.broker.fails_to_take = 3
    for number in range(3):
        assert sender.queue.submit(an_order(f"o{number}"))

    wait_until(lambda: [hint.order_id for hint in sender.broker.published] == ["o0", "o1", "o2"])


def test_a_full_queue_asks_for_nothing(sender: Sender) -> None:
    sender.broker.messages = [[Hint("another's", 0)]] * 2
    wait_until(lambda: sender.queue.free_slots() == 2)

    assert not sender.has_room.is_set()


def test_closing_publishes_what_waits(sender: Sender) -> None:
    sender.broker.lets_publish.clear()
    wait_until(lambda: sender.queue.free_slots() == 4)
    for number in range(3):
        sender.queue.submit(an_order(f"o{number}"))
    threading.Timer(0.05, sender.broker.lets_publish.set).start()

    assert sender.queue.close(LONG)

    assert len(sender.broker.published) == 3


def test_closing_does_not_wait_for_a_broker_that_is_away(sender: Sender) -> None:
    sender.broker.fails_to_take = 1
    sender.broker.lets_publish.clear()
    sender.queue.submit(an_order())
    sender.broker.is_away = True
    sender.broker.lets_publish.set()
    wait_until(lambda: sender.queue.free_slots() == 0)

    assert sender.queue.close(LONG)
    assert sender.broker.published == []


def test_closing_waits_for_hints_that_are_followed(sender: Sender) -> None:
    thread = sender.receive_in_a_thread("a")

    assert not sender.queue.close(timedelta(seconds=0.05))
    sender.lets_go.set()
    assert sender.queue.close(LONG)
    thread.join(LIMIT_SECONDS)


@pytest.mark.parametrize("error", [RuntimeError, SystemExit, KeyboardInterrupt])
def test_a_hint_that_breaks_its_worker_is_reported_in_the_log_only(
    error: type[BaseException], caplog: pytest.LogCaptureFixture
) -> None:
    def explode(hints: Sequence[Hint]) -> None:
        raise error

    queue = CeleryQueue(FakeBroker(), explode, lambda: None)

    queue.receive([Hint("a", 0)])

    assert "cannot follow the hints [('a', 0)]" in caplog.text
    assert queue.close(LONG)


def test_a_free_worker_that_receives_no_waiting_hint_is_stalled(sender: Sender) -> None:
    sender.queue.receiving_threads = 1
    sender.broker.messages = [[Hint("waits", 0)]]
    sender.queue.free_slots()

    wait_until(lambda: sender.queue.stalled_seconds() > 0.1)

    sender.lets_go.set()
    sender.broker.consumed = 1
    sender.queue.receive([Hint("waits", 0)])
    assert sender.queue.stalled_seconds() == 0


def test_a_worker_that_is_busy_is_not_stalled(sender: Sender) -> None:
    sender.queue.receiving_threads = 1
    sender.receive_in_a_thread("a")
    sender.broker.messages = [[Hint("waits", 0)]]
    wait_until(lambda: sender.queue.free_slots() == 3)
    measured = sender.queue.stalled_seconds()

    sender.lets_go.set()

    assert measured == 0
    wait_until(lambda: sender.queue.stalled_seconds() > 0)


@pytest.mark.parametrize("trouble", ["nothing waits", "the broker is away"])
def test_a_worker_with_nothing_to_receive_is_not_stalled(sender: Sender, trouble: str) -> None:
    sender.queue.receiving_threads = 1
    sender.broker.messages = [[Hint("waits", 0)]]
    sender.queue.free_slots()
    wait_until(lambda: sender.queue.stalled_seconds() > 0)

    sender.broker.is_away = trouble == "the broker is away"
    sender.broker.consumed = 1

    wait_until(lambda: sender.queue.stalled_seconds() == 0)


def test_a_thread_that_cannot_be_started_leaves_no_room(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more_threads(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as limits:
        limits.setattr(threading.Thread, "start", no_more_threads)
        assert sender.queue.free_slots() == 0
        assert not sender.queue.submit(an_order())

    assert sender.queue.submit(an_order())
    wait_until(lambda: len(sender.broker.published) == 1)
