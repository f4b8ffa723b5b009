"""The CPU that a request takes on one thread, against a bare Flask view.

No server, no load, and no other thread: what handing work from thread to thread costs is not in it.
"""

import json
import time
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

from dependency_injector.providers import Object
from flask import Flask
from sqlalchemy import URL
from werkzeug.test import create_environ

from adapters.sql.database import Database
from adapters.sql.databases.kind import READER
from adapters.sql.databases.known import kind_of
from adapters.sql.orders import SqlOrderRepository
from adapters.sql.outage import Outage
from adapters.sql.write_path.call import Call
from adapters.sql.write_path.committer import Committed, Committer
from adapters.sql.write_path.group_commit import GroupCommit
from adapters.sql.write_path.statements import Statements
from bench import BenchFailed, floor
from bench.context import Context
from bench.report.line import Line, Value, at_most
from bench.rounds import minima
from domain.flow import Flow
from domain.order import Order
from entrypoints.http.app import create_http_app
from entrypoints.wiring.container import Container
from entrypoints.wiring.load_settings import load_settings
from tests.harness.builders import order_body

GROUP = 32  # creates in a commit, as with 32 connections
REQUESTS = GROUP  # in a batch: few, so that some batch is not interrupted by other work
BATCHES = 20  # in each of the context's rounds
MOST_READ = 1.7
MOST_CREATE = 1.55


def run(context: Context, batches: int = BATCHES) -> Iterator[Line]:
    """Microseconds a request: of each side the least of many small batches, in turn."""
    bare = floor.create_app()
    service, database = _service(context.new_database("request-cpu"))
    numbers = count(1)

    def creates() -> list[dict[str, Any]]:
        return [post(order_body(f"ORD{next(numbers)}")) for _ in range(REQUESTS)]

    cpu_us(service, creates())  # stores ORD1, and compiles each statement
    best = minima(
        context.rounds * batches,
        {
            "read": lambda: cpu_us(service, [get("/orders/ORD1") for _ in range(REQUESTS)]),
            "hello": lambda: cpu_us(bare, [get("/hello") for _ in range(REQUESTS)]),
            "create": lambda: cpu_us(service, creates()),
            "echo": lambda: cpu_us(bare, creates()),
        },
    )
    database.close()
    for work, ours, other, most in (
        ("read", "read", "hello", MOST_READ),
        (f"create, {GROUP} in a commit", "create", "echo", MOST_CREATE),
    ):
        yield at_most(
            f"CPU of a {work}, on one thread, against the floor",
            Value(best[ours], "us"),
            Value(best[other], "us"),
            most,
        )


class OneThread(GroupCommit):
    """Stands in for group commit: the last caller of a group commits for all of it.

    The callers before it are answered at once, as if none of their orders had been taken.
    """

    def __init__(self, committer: Committer) -> None:
        self._committer = committer
        self._calls: list[Call[Any]] = []

    def write(self, call: Call[Any]) -> Any:
        self._calls.append(call)
        if len(self._calls) == GROUP:
            if not isinstance(self._committer.commit(self._calls), Committed):
                raise BenchFailed("creates were not stored")
            self._calls.clear()
        return []

    def close(self) -> None:
        self._calls.clear()


class TakesAll:
    """Stands in for the queue, whose workers would take part in the CPU."""

    def free_slots(self) -> int:
        return 1

    def submit(self, order: Order) -> bool:
        return True


def _service(url: URL) -> tuple[Flask, Database]:
    settings = load_settings({"ORDERS_DATABASE_URL": str(url)}, dotenv_path="")
    container = Container(settings=settings)
    kind = kind_of(url)
    engine = kind.open(url, READER)
    statements = Statements(kind, engine.dialect)
    outage = Outage("the database")
    committer = Committer(kind.transactions(engine), statements, outage.succeeded)
    database = Database(kind, engine, engine, statements, OneThread(committer), outage)
    container.repository.override(Object(SqlOrderRepository(database)))
    container.queue.override(Object(TakesAll()))
    container.gate().follow(Flow())  # as after its first sweep
    return create_http_app(container), database


def get(path: str) -> dict[str, Any]:
    """A request, as a WSGI server passes it on."""
    return create_environ(path)


def post(document: dict[str, Any]) -> dict[str, Any]:
    """A request to create that order."""
    body = json.dumps(document)
    return create_environ("/orders/", method="POST", data=body, content_type="application/json")


def cpu_us(app: Flask, requests: list[dict[str, Any]]) -> float:
    """Of each of the requests, in microseconds, on average. Raises BenchFailed."""
    statuses: list[str] = []

    def start_response(status: str, *_: Any) -> Any:
        statuses.append(status)

    began = time.process_time()
    for environ in requests:
        _read(app(environ, start_response))
    seconds = time.process_time() - began
    if any(not status.startswith("2") for status in statuses):
        raise BenchFailed(f"answered {set(statuses)}")
    return seconds / len(requests) * 1e6


def _read(answer: Iterable[bytes]) -> None:
    """As a WSGI server does."""
    for _ in answer:
        pass
    close = getattr(answer, "close", None)
    if close is not None:
        close()
