"""Lifecycle: the order in which a stop ends things, and that nothing holds it up."""

import threading
from collections.abc import Callable
from datetime import timedelta

from adapters.clock import SystemClock
from adapters.memory.queue import InMemoryQueue
from application.ports import RepositoryUnavailable
from entrypoints.lifecycle.lifecycle import Lifecycle
from entrypoints.lifecycle.repeater import Repeater
from tests.conftest import World

LIMIT_SECONDS = 10.0
NEVER = timedelta(days=1)


class WatchedQueue(InMemoryQueue):
    """Says when it waits to be closed, and lets a test look at that moment."""

    def __init__(self, on_close: Callable[[timedelta], None]) -> None:
        super().__init__()
        self._on_close = on_close

    def close(self, grace: timedelta) -> bool:
        is_closed = super().close(grace)
        if grace:
            self._on_close(grace)
        return is_closed


def nothing() -> None:
    pass


def repeater(
    name: str,
    action: Callable[[], None] = nothing,
    *,
    counts_for_readiness: bool = False,
    runs_while_draining: bool = False,
) -> Repeater:
    return Repeater(
        name,
        action,
        period_seconds=3_600,
        clock=SystemClock(),
        counts_for_readiness=counts_for_readiness,
        runs_while_draining=runs_while_draining,
    )


def a_lifecycle(
    world: World,
    *repeaters: Repeater,
    on_close: Callable[[timedelta], None] = lambda _: None,
    release: Callable[[], None] = nothing,
    close_store: Callable[[], None] = nothing,
) -> Lifecycle:
    return Lifecycle(
        repeaters=repeaters,
        queues=[WatchedQueue(on_close)],
        held_orders=world.container.held_orders(),
        watch=world.container.watch_work(),
        release=release,
        close_store=close_store,
        drain_limit=NEVER,
    )


def running() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_a_stop_without_a_start_gives_back_what_is_held(world: World) -> None:
    """A signal may come before the lifecycle has begun."""
    lifecycle = world.container.lifecycle()

    assert lifecycle.drain()

    assert world.queue.free_slots() == 0
    assert lifecycle.problem() == "the service is stopping"


def test_nothing_starts_once_a_stop_has_begun(world: World) -> None:
    called = threading.Event()
    lifecycle = a_lifecycle(world, repeater("late", called.set))
    lifecycle.drain()

    lifecycle.start()

    assert "late" not in running()
    assert not called.is_set()


def test_a_database_that_is_away_does_not_stop_the_stop(world: World) -> None:
    def unreachable() -> None:
        raise RepositoryUnavailable

    lifecycle = a_lifecycle(world, repeater("nothing"), release=unreachable)

    assert lifecycle.drain()


def test_what_may_run_while_orders_drain_ends_before_they_are_given_back(world: World) -> None:
    steps: list[tuple[str, set[str]]] = []

    def note(step: str) -> Callable[..., None]:
        return lambda *_: steps.append((step, running() & {"sweeper", "heartbeat"}))

    lifecycle = a_lifecycle(
        world,
        repeater("heartbeat", runs_while_draining=True),
        repeater("sweeper"),
        on_close=note("drain"),
        release=note("release"),
        close_store=note("close"),
    )
    lifecycle.start()
    assert running() >= {"sweeper", "heartbeat"}

    lifecycle.drain()
    assert world.container.held_orders().closed
    lifecycle.close()

    assert steps == [("drain", {"heartbeat"}), ("release", set()), ("close", set())]


def test_a_drain_happens_once_and_whoever_asks_again_waits_for_it(world: World) -> None:
    drains: list[timedelta] = []
    begun, go_on, second_is_done = threading.Event(), threading.Event(), threading.Event()

    def drain_slowly(grace: timedelta) -> None:
        drains.append(grace)
        begun.set()
        go_on.wait(LIMIT_SECONDS)

    def drain_again() -> None:
        lifecycle.drain(timedelta(0))
        second_is_done.set()

    lifecycle = a_lifecycle(world, on_close=drain_slowly)
    first = threading.Thread(target=lifecycle.drain)
    first.start()
    assert begun.wait(LIMIT_SECONDS)
    second = threading.Thread(target=drain_again)
    second.start()
    assert not second_is_done.wait(0.05)

    go_on.set()

    assert second_is_done.wait(LIMIT_SECONDS)
    first.join(LIMIT_SECONDS)
    second.join(LIMIT_SECONDS)
    (grace,) = drains
    assert NEVER - timedelta(minutes=1) < grace <= NEVER


def test_repeaters_that_hang_are_waited_for_together(world: World) -> None:
    go_on, hanging = threading.Event(), [threading.Event() for _ in range(20)]

    def hang(begun: threading.Event) -> Callable[[], None]:
        def action() -> None:
            begun.set()
            go_on.wait(2 * LIMIT_SECONDS)

        return action

    lifecycle = a_lifecycle(world, *(repeater("hangs", hang(begun)) for begun in hanging))
    lifecycle.start()
    assert all(begun.wait(LIMIT_SECONDS) for begun in hanging)
    draining = threading.Thread(target=lifecycle.drain)
    draining.start()

    draining.join(LIMIT_SECONDS)  # a second for each would take twice as long

    assert not draining.is_alive()
    go_on.set()


def test_only_what_counts_for_readiness_makes_a_process_unready(world: World) -> None:
    does_not_count = a_lifecycle(world, repeater("upkeep"))
    counts = a_lifecycle(world, repeater("upkeep"), repeater("feed", counts_for_readiness=True))

    assert does_not_count.problem() is None
    assert counts.problem() == "the feed has not completed its first round yet"
