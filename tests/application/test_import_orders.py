"""ImportOrders: what is stored already is passed over, so that an import can be repeated."""

from decimal import Decimal

import pytest

from application.orders.create_order import NewOrder
from application.orders.import_orders import Imported
from application.ports import RepositoryUnavailable
from domain.transitions import OrderStatus
from tests.application.repositories import DOWN, FailingRepository
from tests.application.stories import a_process, place, stored
from tests.conftest import World
from tests.harness.builders import an_order


def new(order_id: str, **changes: object) -> NewOrder:
    asked = NewOrder(order_id, user_id=1, item_ids=(101, 102, 103), total_amount=Decimal("59.99"))
    return asked._replace(**changes)  # type: ignore[arg-type]  # a test names real fields


def bring(world: World, *asked: NewOrder) -> Imported:
    return world.container.import_orders()(asked)


def reasons(imported: Imported) -> dict[int, str]:
    return {place: str(error) for place, error in imported.refused.items()}


def test_an_order_is_stored_as_it_stands_in_the_file_and_is_due_at_once(world: World) -> None:
    assert bring(world, new("A")) == Imported(created=1, found=0, refused={})

    assert stored(world, "A") == an_order("A")


def test_imported_orders_are_found_and_processed_without_a_hint(world: World) -> None:
    bring(world, new("A"), new("B"))

    world.sweep()
    world.work()

    assert world.views.totals().completed == 2


def test_what_is_stored_already_is_found_whatever_became_of_it(world: World) -> None:
    place(world, "A")
    world.work()

    assert bring(world, new("A"), new("B")) == Imported(created=1, found=1, refused={})
    assert stored(world, "A").status is OrderStatus.COMPLETED


def test_an_amount_may_be_written_with_more_zeros_the_second_time(world: World) -> None:
    bring(world, new("A", total_amount=Decimal("5.1")))

    assert bring(world, new("A", total_amount=Decimal("5.100"))).found == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"user_id": 2}, "order A exists already, with another user_id"),
        ({"item_ids": (103, 102, 101)}, "order A exists already, with another item_ids"),
        (
            {"user_id": 2, "total_amount": Decimal(5)},
            "order A exists already, with another user_id and total_amount",
        ),
    ],
)
def test_an_order_that_asks_for_something_else_than_the_stored_one_is_refused(
    world: World, changes: dict[str, object], reason: str
) -> None:
    before = place(world, "A")

    imported = bring(world, new("B"), new("A", **changes))

    assert (imported.created, reasons(imported)) == (1, {1: reason})
    assert stored(world, "A") == before


def test_an_order_that_comes_twice_is_created_once_and_found_once(world: World) -> None:
    assert bring(world, new("A"), new("A")) == Imported(created=1, found=1, refused={})


def test_of_two_orders_with_one_id_the_first_is_stored(world: World) -> None:
    imported = bring(world, new("A"), new("A", user_id=2))

    assert (imported.created, set(imported.refused)) == (1, {1})
    assert stored(world, "A").user_id == 1


def test_a_bad_value_is_refused_by_its_place_and_harms_no_other(world: World) -> None:
    imported = bring(world, new("A"), new("B", user_id=-1), new("C"))

    assert imported.created == 2
    assert reasons(imported) == {1: "user_id: must be from 0 to 9007199254740991"}


def test_an_import_that_met_a_lost_database_is_safe_to_repeat() -> None:
    repository = FailingRepository()
    world = a_process(repository)
    repository.plan["add"].append(DOWN)

    with pytest.raises(RepositoryUnavailable):
        bring(world, new("A"))

    assert bring(world, new("A")).created == 1
