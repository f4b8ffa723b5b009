"""A copy that was stopped or broken off is finished by another run."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from adapters.sql.copying.copy import CopyFailed, DatabaseCopy
from tests.contract.copies import (
    IDS,
    PAGE,
    Databases,
    Stopped,
    copy_all,
    count_orders,
    databases,
    everything,
    fill,
    nothing,
    open_database,
    stop_after,
    to_postgres,
)
from tests.harness.database_servers import break_connections

__all__ = ["databases", "open_database", "to_postgres"]  # fixtures


@pytest.mark.parametrize("pages", [1, 3, 6])
def test_a_copy_that_was_stopped_is_finished_by_another(databases: Databases, pages: int) -> None:
    source, target = databases
    stopped = DatabaseCopy(source, target, PAGE)
    stopped.begin()
    with pytest.raises(Stopped):
        stopped.copy(stop_after(pages))
    assert count_orders(target) == pages * PAGE

    another = DatabaseCopy(source, target, PAGE)

    assert another.begin() == (len(IDS), pages * PAGE)
    another.copy(nothing)
    another.verify(nothing)
    assert everything(target) == everything(source)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_connection_that_breaks_between_two_pages_is_replaced(
    open_database: Callable[[str], Engine], kind: str
) -> None:
    source, target = open_database("sqlite"), open_database(kind)
    fill(source)
    copy = DatabaseCopy(source, target, PAGE)

    copy.begin()
    copy.copy(lambda _: break_connections(target.url))
    copy.verify(nothing)

    assert everything(target) == everything(source)


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_a_connection_that_breaks_within_a_page_leaves_whole_pages(
    open_database: Callable[[str], Engine], kind: str
) -> None:
    source, target = open_database("sqlite"), open_database(kind)
    fill(source)
    copy = DatabaseCopy(source, target, PAGE)
    copy.begin()
    copied: list[int] = []

    @event.listens_for(target, "before_cursor_execute")
    def cut(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO order_events") and len(copied) == 2:
            break_connections(target.url)

    with pytest.raises(CopyFailed):
        copy.copy(copied.append)

    assert count_orders(target) == 2 * PAGE
    copied.clear()
    copy_all(source, target)
    assert everything(target) == everything(source)


def test_what_is_there_already_is_not_written_again(to_postgres: Databases) -> None:
    source, target = to_postgres
    stopped = DatabaseCopy(source, target, PAGE)
    stopped.begin()
    with pytest.raises(Stopped):
        stopped.copy(stop_after(3))
    written = versions(target)

    copy_all(source, target)

    assert written.items() <= versions(target).items()


def versions(postgres: Engine) -> dict[str, str]:
    """Which transaction wrote each order."""
    with postgres.begin() as connection:
        found = connection.execute(text("SELECT order_id, xmin::text FROM orders"))
        return {row.order_id: row.xmin for row in found}


def test_of_two_copies_into_one_target_the_earlier_gives_up(databases: Databases) -> None:
    source, target = databases
    earlier, later = DatabaseCopy(source, target, PAGE), DatabaseCopy(source, target, PAGE)
    earlier.begin()

    later.begin()
    with pytest.raises(CopyFailed, match="another copy has taken over"):
        earlier.copy(nothing)
    later.copy(nothing)
    with pytest.raises(CopyFailed, match="another copy has taken over"):
        earlier.verify(nothing)
    later.verify(nothing)

    assert everything(target) == everything(source)
