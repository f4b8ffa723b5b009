"""The snapshot behind the streamed metrics is released before its client gets anything."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any, Self

import pytest
from dependency_injector.providers import Object
from flask.testing import FlaskClient

from adapters.memory.database import InMemoryDatabase
from adapters.memory.views import InMemoryOrderViews
from application.ports import OrderSnapshot, RepositoryUnavailable
from domain.totals import Totals
from domain.transitions import OrderStatus
from tests.conftest import World
from tests.harness.builders import an_order
from tests.http.answers import error_of

WITH_IDS = "/orders/metrics?getOrderIds=true"


class WatchedViews(InMemoryOrderViews):
    """Keeps every snapshot that it gave out; each may break at its totals or at its ids."""

    def __init__(self, database: InMemoryDatabase, breaks_at: str) -> None:
        super().__init__(database)
        self._breaks_at = breaks_at
        self.snapshots: list[WatchedSnapshot] = []

    def snapshot(self) -> Any:
        snapshot = WatchedSnapshot(super().snapshot(), self._breaks_at)
        self.snapshots.append(snapshot)
        return snapshot

    @property
    def open_snapshots(self) -> int:
        assert self.snapshots
        return sum(snapshot.is_open for snapshot in self.snapshots)


class WatchedSnapshot:
    """Is closed by its own __exit__ only: a generator would also be closed when it is collected."""

    def __init__(self, inner: AbstractContextManager[OrderSnapshot], breaks_at: str) -> None:
        self._inner = inner
        self._breaks_at = breaks_at
        self.is_open = False

    def __enter__(self) -> Self:
        self._snapshot = self._inner.__enter__()
        self.is_open = True
        return self

    def __exit__(self, *_: object) -> None:
        self.is_open = False
        self._inner.__exit__(None, None, None)

    def totals(self) -> Totals:
        self._break("totals")
        return self._snapshot.totals()

    def order_ids(self, status: OrderStatus) -> Iterator[str]:
        assert self.is_open
        self._break("ids")
        return self._snapshot.order_ids(status)

    def _break(self, at: str) -> None:
        if at == self._breaks_at:
            raise RepositoryUnavailable("gone")


def watch(world: World, orders: int, breaks_at: str = "nothing") -> WatchedViews:
    world.repository.add([an_order(f"ORD{number:08}") for number in range(orders)])
    views = WatchedViews(world.repository.database, breaks_at)
    world.container.views.override(Object(views))
    return views


def test_the_snapshot_is_released_before_anything_is_sent(
    client: FlaskClient, world: World
) -> None:
    views = watch(world, orders=10_000)

    response = client.get(WITH_IDS, buffered=False)

    assert views.open_snapshots == 0
    assert len(response.get_json()["pending"]["order_ids"]) == 10_000


@pytest.mark.parametrize("breaks_at", ["totals", "ids"])
def test_the_snapshot_is_released_and_nothing_is_begun_when_it_cannot_be_read(
    client: FlaskClient, world: World, breaks_at: str
) -> None:
    views = watch(world, orders=1, breaks_at=breaks_at)

    answer = error_of(client.get(WITH_IDS))

    assert answer.status == 503
    assert views.open_snapshots == 0
