"""Rehearse: orders are created by the clock, and their waits are measured."""

from collections.abc import Callable

import pytest

from application.orders.populate_orders import CHUNK
from application.orders.rehearse import Progress
from domain.batch import Batch
from tests.application.stories import place, stored
from tests.conftest import World


class Watched:
    """Keeps what a rehearsal reports; `meanwhile` happens at each look."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.looks: list[Progress] = []
        self._meanwhile = meanwhile

    def __call__(self, progress: Progress) -> None:
        self.looks.append(progress)
        self._meanwhile()


def a_service(**settings: str) -> World:
    """A process whose work takes no time, so that only the rehearsal lets time pass."""
    return World(processing_seconds="0", **settings).begin_to_sweep()


def working(world: World) -> Watched:
    """At each look, the service does what is due."""

    def work() -> None:
        world.sweep()
        world.work()

    return Watched(work)


def created_times(world: World, batch_id: str, entries: int) -> list[float]:
    """When each order was created, in seconds since the first."""
    times = [
        stored(world, f"sim_{batch_id}_{number}").created_at for number in range(1, entries + 1)
    ]
    return [round((time - times[0]).total_seconds(), 1) for time in times]


def test_orders_are_created_one_by_one_at_a_low_rate() -> None:
    world = a_service()

    world.container.rehearse()(4, 2.0, working(world), "b7")

    assert created_times(world, "b7", 4) == pytest.approx([0, 0.5, 1, 1.5], abs=0.11)


def test_orders_are_created_together_at_a_high_rate() -> None:
    world = a_service()

    world.container.rehearse()(1_000, 1_000.0, working(world), "b7")

    times = created_times(world, "b7", 1_000)
    assert times == sorted(times)
    assert len(set(times)) == pytest.approx(10, abs=1)
    assert times[-1] == pytest.approx(0.9, abs=0.11)


def test_a_rehearsal_that_is_behind_catches_up_in_whole_chunks() -> None:
    world = a_service()

    world.container.rehearse()(3 * CHUNK, 100.0 * CHUNK, working(world), "b7")

    assert created_times(world, "b7", 3 * CHUNK)[-1] == 0


def test_it_looks_every_second_and_ends_when_all_are_done() -> None:
    world = a_service()
    watched = working(world)

    result = world.container.rehearse()(30, 10.0, watched, "b7")

    assert [look.created for look in watched.looks[:2]] == pytest.approx([10, 20], abs=1)
    assert (watched.looks[-1].created, watched.looks[-1].done) == (30, 30)
    assert (result.batch.batch_id, result.batch.created) == ("b7", 30)


def test_orders_in_line_are_those_that_nobody_has_started() -> None:
    world = a_service()

    def stop_after_three() -> None:
        if len(watched.looks) == 3:
            raise KeyboardInterrupt

    watched = Watched(stop_after_three)
    place(world, "of-somebody-else")

    with pytest.raises(KeyboardInterrupt):
        world.container.rehearse()(10, 1_000.0, watched, "b7")

    assert watched.looks[-1] == Progress(created=10, done=0, in_line=11, p50=None, p95=None)


def test_the_waits_are_those_of_the_orders_themselves() -> None:
    world = a_service()
    watched = working(world)

    world.container.rehearse()(100, 100.0, watched, "b7")

    waits = sorted(
        wait
        for number in range(1, 101)
        if (wait := stored(world, f"sim_b7_{number}").pending_duration) is not None
    )
    assert len(waits) == 100
    assert (watched.looks[-1].p50, watched.looks[-1].p95) == (waits[49], waits[94])


def test_of_a_long_line_some_are_watched() -> None:
    world = a_service(max_workers="20")  # 40 a second
    watched = working(world)

    world.container.rehearse()(400, 2_000.0, watched, "b7")

    last = watched.looks[-1]
    assert last.done == 400
    assert last.p50 is not None
    assert last.p95 is not None
    assert last.p50 < last.p95


def test_a_rehearsal_that_is_resumed_counts_what_is_new() -> None:
    world = a_service()
    world.batches.claim(Batch(batch_id="b7", total_entries=30, claimed_at=world.clock.now()))

    def cut_short(created: int, taken: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.container.populate_orders()(30, "b7", cut_short, pace=lambda batch: 20)
    watched = working(world)

    result = world.container.rehearse()(30, 10.0, watched, "b7")

    assert (result.done_before, result.batch.created) == (20, 30)
    assert watched.looks[-1].created == 10


def test_the_seed_says_what_the_orders_ask_for() -> None:
    world = a_service()

    world.container.rehearse()(1, 10.0, working(world), "b7", 7)
    world.container.populate_orders()(1, "b8", seed=7)

    of_rate, at_once = stored(world, "sim_b7_1"), stored(world, "sim_b8_1")
    assert of_rate.item_ids == at_once.item_ids
    assert of_rate.total_amount == at_once.total_amount
