"""Repositories whose databases lose the answers to commits."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Engine

from adapters.sql.databases.kind import WRITER, Patience
from adapters.sql.databases.transactions import CommitInDoubt, Transactions
from adapters.sql.write_path.committer import Committer
from domain.change import Change
from domain.order import Order
from tests.contract.databases import (
    migrated_file,
    open_engine,
    statements_for,
    stores_with,
    transactions_on,
)
from tests.harness.builders import LEASE, START, an_order

MY_OWNER = "me"


class Lossy:
    """Transactions that lose the answer to a commit, before or after it happened."""

    def __init__(self, transactions: Transactions) -> None:
        self._transactions = transactions
        self.lose_before = 0  # how many more commits do not happen
        self.lose_after = 0  # how many more commits happen
        self.commits_late = False  # once: the server works on a commit after the answer is lost
        self.late: threading.Thread | None = None
        self.late_by_seconds = 0.3
        self.meanwhile: Callable[[], object] = lambda: None  # once, behind a commit that did not
        self.refuses_from: int | None = None  # the transactions from this one on, counted from 1
        self._begun = 0

    @contextmanager
    def begin(self) -> Iterator[Any]:
        self._begun += 1
        if self.refuses_from is not None and self._begun >= self.refuses_from:
            raise ConnectionRefusedError("refused")
        if self.commits_late:
            self.commits_late = False
            transaction = self._transactions.begin()
            yield transaction.__enter__()
            self.late = threading.Timer(
                self.late_by_seconds, transaction.__exit__, args=(None, None, None)
            )
            self.late.start()
            raise CommitInDoubt("no answer yet")
        try:
            with self._transactions.begin() as cursor:
                yield cursor
                if self.lose_before:
                    self.lose_before -= 1
                    raise CommitInDoubt("connection reset")
        except CommitInDoubt:
            meanwhile, self.meanwhile = self.meanwhile, lambda: None
            meanwhile()
            raise
        if self.lose_after:
            self.lose_after -= 1
            raise CommitInDoubt("connection reset")

    def may_try_again(self, error: Exception) -> bool:
        return self._transactions.may_try_again(error)

    def give_way(self) -> None:
        """Do nothing: no other process writes."""

    def close(self) -> None:
        self._transactions.close()


class Store:
    """Stores whose answers get lost on request."""

    def __init__(self, engine: Engine, **limits: Any) -> None:
        self.lossy = Lossy(transactions_on(engine))
        self.url = engine.url
        self.committer = Committer(self.lossy, statements_for(engine), lambda: None, **limits)
        self.stores, _ = stores_with(engine, self.lossy, lambda *_: self.committer)


def on_sqlite(path: Path, **limits: Any) -> Store:
    return Store(open_engine(migrated_file(path)), **limits)


def on_server(url: URL, patience: Patience = WRITER, **limits: Any) -> Store:
    return Store(open_engine(url, patience), **limits)


def two_are_due(store: Store) -> None:
    """Store due-2 and due-1, named by since when they are due, in seconds."""
    store.stores.orders.add(
        [an_order(f"due-{ago}", due_at=START - timedelta(seconds=ago)) for ago in (2, 1)]
    )


def start_one_due(store: Store) -> list[str]:
    """Its id, in a list."""

    def start(order: Order) -> Change:
        return order.start(START, LEASE, MY_OWNER)

    _, started = store.stores.orders.start_due([], start, now=START, horizon=START + LEASE, limit=1)
    return [order.order_id for order in started]


def hold_one_due(store: Store) -> list[str]:
    """Its id, in a list."""
    held = store.stores.orders.hold_due(START + LEASE, now=START, horizon=START + LEASE, limit=1)
    return [order.order_id for order in held]
