"""PopulateOrders: many simulated orders, in chunks, under a batch id that is used once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from dependency_injector.providers import Object

from adapters.memory.batches import InMemoryBatchRepository
from adapters.memory.database import InMemoryDatabase
from application.orders.populate_orders import CHUNK, MAX_ENTRIES, PopulateOrders
from application.orders.repeatable import Repeatable
from application.orders.simulated_order import order_id_of
from application.ports import Once, RepositoryUnavailable
from domain.batch import Batch
from domain.errors import BatchInProgress, DuplicateBatch, InvalidOrder
from domain.order import Order
from domain.rules import MAX_NUMBER, check_order_id
from domain.transitions import OrderStatus
from tests.application.stories import SWEEP_SECONDS, place, stored
from tests.conftest import World
from tests.harness.builders import START, an_order


class CountingBatches(InMemoryBatchRepository):
    """Remembers how many orders each transaction had."""

    def __init__(self) -> None:
        super().__init__(InMemoryDatabase())
        self.sizes: list[int] = []

    def fill(
        self, batch: Batch, orders: Sequence[Order], once: Once | None = None
    ) -> list[str] | None:
        self.sizes.append(len(orders))
        return super().fill(batch, orders, once)


class OftenClaimedBatches(InMemoryBatchRepository):
    """Has seen the first two batch ids before, whatever they are."""

    def __init__(self) -> None:
        super().__init__(InMemoryDatabase())
        self.claims: list[str] = []

    def claim(self, batch: Batch) -> Batch:
        self.claims.append(batch.batch_id)
        if len(self.claims) <= 2:
            super().claim(replace(batch, claimed_at=START - timedelta(days=1)))
        return super().claim(batch)


class FailingBatches(InMemoryBatchRepository):
    """Its store is down at the fill of this number."""

    def __init__(self, database: InMemoryDatabase, fails_at: int) -> None:
        super().__init__(database)
        self._fails_in = fails_at

    def fill(
        self, batch: Batch, orders: Sequence[Order], once: Once | None = None
    ) -> list[str] | None:
        self._fails_in -= 1
        if self._fails_in == 0:
            raise RepositoryUnavailable("the database is down")
        return super().fill(batch, orders, once)


def test_orders_are_numbered_from_one_in_the_name_of_the_batch(world: World) -> None:
    world.container.populate_orders()(3, "b7")

    with world.views.snapshot() as snapshot:
        ids = list(snapshot.order_ids(OrderStatus.PENDING))
    assert ids == ["sim_b7_1", "sim_b7_2", "sim_b7_3"]


def test_a_simulated_order_is_of_user_zero_created_now_and_due_at_once(world: World) -> None:
    world.container.populate_orders()(1, "b7")

    order = stored(world, "sim_b7_1")
    assert (order.user_id, order.created_at, order.due_at) == (0, START, START)


def test_simulated_orders_differ_in_what_they_ask_for_and_are_the_same_in_every_batch(
    world: World,
) -> None:
    world.container.populate_orders()(3, "b7")

    orders = [stored(world, f"sim_b7_{number}") for number in (1, 2, 3)]
    assert [order.item_ids for order in orders] == [(101, 102), (101, 102, 103), (101,)]
    assert [str(order.total_amount) for order in orders] == ["1.01", "1.02", "1.03"]


def asked_for(
    world: World, batch_id: str, entries: int
) -> list[tuple[int, tuple[int, ...], Decimal]]:
    orders = [stored(world, f"sim_{batch_id}_{number}") for number in range(1, entries + 1)]
    return [(order.user_id, order.item_ids, order.total_amount) for order in orders]


def test_the_same_seed_makes_the_same_orders_in_any_batch(world: World) -> None:
    world.container.populate_orders()(50, "b7", seed=7)
    world.container.populate_orders()(50, "b8", seed=7)
    world.container.populate_orders()(50, "b9", seed=8)

    assert asked_for(world, "b7", 50) == asked_for(world, "b8", 50)
    assert asked_for(world, "b7", 50) != asked_for(world, "b9", 50)


def test_what_a_seed_makes_is_the_same_in_all_versions(world: World) -> None:
    world.container.populate_orders()(1, "b7", seed=7)

    assert asked_for(world, "b7", 1) == [(1076, (966, 924), Decimal("125.08"))]


@pytest.mark.parametrize("seed", [0, MAX_NUMBER])
def test_orders_of_a_seed_are_like_those_of_customers(world: World, seed: int) -> None:
    world.container.populate_orders()(500, "b7", seed=seed)

    asked = asked_for(world, "b7", 500)
    users, items, amounts = zip(*asked, strict=True)
    assert len(set(users)) > 100
    assert max(map(users.count, users)) > 5  # somebody orders often
    assert {len(one) for one in items} == set(range(1, 9))
    assert len(set(amounts)) > 400


def test_an_item_always_costs_the_same(world: World) -> None:
    world.container.populate_orders()(500, "b7", seed=7)

    alone = [(items, amount) for _, items, amount in asked_for(world, "b7", 500) if len(items) == 1]
    assert len({items for items, _ in alone}) == len(set(alone)) < len(alone)


def test_a_seeded_batch_that_goes_on_with_its_seed_is_as_if_made_at_once(world: World) -> None:
    def cut_short(created: int, taken: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        world.container.populate_orders()(9, "b7", cut_short, seed=7, pace=lambda batch: 4)
    world.container.populate_orders()(9, "b7", seed=7)
    world.container.populate_orders()(9, "b8", seed=7)

    assert asked_for(world, "b7", 9) == asked_for(world, "b8", 9)


def test_its_pace_says_how_many_come_next(world: World) -> None:
    batches = CountingBatches()

    PopulateOrders(batches, world.clock)(10, "b7", pace=lambda batch: batch.done + 1)

    assert batches.sizes == [1, 2, 4, 3]


def test_a_batch_without_trouble_is_all_success(world: World) -> None:
    result = world.container.populate_orders()(3, "b7")

    assert (result.batch.batch_id, result.taken_ids, result.batch.created) == ("b7", [], 3)
    assert result.batch.claimed_at == START


def test_ids_that_were_taken_are_named_and_not_counted_as_success(world: World) -> None:
    world.repository.add([an_order("sim_b7_2"), an_order(f"sim_b7_{CHUNK + 1}")])

    result = world.container.populate_orders()(CHUNK + 2, "b7")

    assert result.taken_ids == ["sim_b7_2", f"sim_b7_{CHUNK + 1}"]
    assert result.batch.created == CHUNK


def test_an_order_whose_id_was_taken_stays_as_it_was(world: World) -> None:
    mine = an_order("sim_b7_2")
    world.repository.add([mine])

    world.container.populate_orders()(3, "b7")

    assert stored(world, "sim_b7_2") == mine


def test_no_transaction_is_longer_than_a_chunk(world: World) -> None:
    batches = CountingBatches()

    PopulateOrders(batches, world.clock)(2 * CHUNK + 1, "b7")

    assert batches.sizes == [CHUNK, CHUNK, 1]


def test_a_batch_of_whole_chunks_ends_with_the_last_one(world: World) -> None:
    batches = CountingBatches()

    PopulateOrders(batches, world.clock)(2 * CHUNK, "b7")

    assert batches.sizes == [CHUNK, CHUNK]


def test_progress_is_reported_after_each_chunk(world: World) -> None:
    place(world, f"sim_b7_{CHUNK + 1}")
    reported: list[tuple[int, int, int]] = []

    def report(created: int, taken: int) -> None:
        reported.append((created, taken, world.views.totals().pending))

    world.container.populate_orders()(CHUNK + 2, "b7", report)

    assert reported == [(CHUNK, 0, CHUNK + 1), (1, 1, CHUNK + 2)]


def test_a_batch_id_is_used_once(world: World) -> None:
    world.container.populate_orders()(1, "b7")

    with pytest.raises(DuplicateBatch) as refusal:
        world.container.populate_orders()(5, "b7")

    assert (refusal.value.batch.done, world.views.totals().order_count) == (1, 1)


def test_a_bad_batch_id_stores_nothing(world: World) -> None:
    with pytest.raises(InvalidOrder) as refusal:
        world.container.populate_orders()(1, "b 7")

    assert (refusal.value.field, world.views.totals().order_count) == ("batch_id", 0)


def test_the_longest_batch_id_has_room_for_the_last_number(world: World) -> None:
    world.container.populate_orders()(1, "b" * 40)

    assert stored(world, f"sim_{'b' * 40}_1").status is OrderStatus.PENDING


def test_a_batch_without_an_id_gets_one_of_eight_characters(world: World) -> None:
    result = world.container.populate_orders()(1)

    assert len(result.batch.batch_id) == 8
    assert stored(world, f"sim_{result.batch.batch_id}_1").status is OrderStatus.PENDING


def test_an_id_that_was_made_up_is_claimed_like_one_that_was_given(world: World) -> None:
    result = world.container.populate_orders()(1)

    with pytest.raises(DuplicateBatch):
        world.container.populate_orders()(1, result.batch.batch_id)


def test_an_id_that_was_used_before_is_made_up_again(world: World) -> None:
    batches = OftenClaimedBatches()

    result = PopulateOrders(batches, world.clock)(1)

    assert (len(batches.claims), result.batch.batch_id) == (3, batches.claims[2])


def test_two_batches_without_an_id_do_not_share_one(world: World) -> None:
    populate = world.container.populate_orders()

    assert len({populate(1).batch.batch_id for _ in range(10)}) == 10


def test_two_requests_whose_keys_begin_alike_do_not_share_a_batch(world: World) -> None:
    keys = [f"{'1' * 31}{last}{'3' * 32}" for last in "24"]

    results = [
        world.container.populate_orders()(2, repeatable=Repeatable(key, "f" * 64, str))
        for key in keys
    ]

    assert world.views.totals().pending == 4
    for result in results:
        check_order_id(order_id_of(result.batch.batch_id, MAX_ENTRIES))  # not too long


def fail_at(world: World, fill: int) -> None:
    """Let the store be down at the fill of this number."""
    batches = FailingBatches(world.repository.database, fill)
    world.container.batches.override(Object(batches))


def test_a_crash_midway_keeps_the_chunks_before_it(world: World) -> None:
    fail_at(world, 2)

    with pytest.raises(RepositoryUnavailable):
        world.container.populate_orders()(3 * CHUNK, "b7")

    assert world.views.totals().pending == CHUNK


@pytest.fixture
def cut_short(world: World) -> World:
    """A process on a store where a batch of three chunks got two; one of its ids was taken."""
    world.repository.add([an_order("sim_b7_2")])
    fail_at(world, 3)
    with pytest.raises(RepositoryUnavailable):
        world.container.populate_orders()(3 * CHUNK, "b7")
    return world


def test_a_batch_that_was_cut_short_goes_on_where_it_stopped(cut_short: World) -> None:
    reported: list[tuple[int, int]] = []

    result = cut_short.container.populate_orders()(
        3 * CHUNK, "b7", lambda *now: reported.append(now)
    )

    assert reported == [(2 * CHUNK - 1, 1), (CHUNK, 0)]
    assert (result.batch.created, result.batch.taken, result.taken_ids) == (3 * CHUNK - 1, 1, [])
    assert result.done_before == 2 * CHUNK
    assert cut_short.views.totals().pending == 3 * CHUNK
    with pytest.raises(DuplicateBatch, match="all done"):  # now it is whole
        cut_short.container.populate_orders()(3 * CHUNK, "b7")


def test_a_batch_that_was_cut_short_is_not_finished_with_another_size(cut_short: World) -> None:
    with pytest.raises(DuplicateBatch, match=f"of which {2 * CHUNK} are done"):
        cut_short.container.populate_orders()(3 * CHUNK + 1, "b7")

    assert cut_short.views.totals().pending == 2 * CHUNK


def test_of_two_that_fill_one_batch_one_gives_up(world: World) -> None:
    populate = world.container.populate_orders()

    def repeat(created: int, taken: int) -> None:
        if world.views.totals().pending == CHUNK:  # a proxy gave up, and its client asks again
            populate(3 * CHUNK, "b7")

    with pytest.raises(BatchInProgress) as refusal:
        populate(3 * CHUNK, "b7", repeat)

    assert refusal.value.batch_id == "b7"
    assert world.views.totals().pending == 3 * CHUNK


def test_simulated_orders_are_found_and_processed_without_a_hint() -> None:
    world = World(max_workers="10", processing_seconds="0")
    world.container.populate_orders()(50, "b7")

    for _ in range(3):  # twenty find room at a time
        world.clock.advance(seconds=SWEEP_SECONDS)
        world.sweep()
        world.work()

    assert world.views.totals().completed == 50
