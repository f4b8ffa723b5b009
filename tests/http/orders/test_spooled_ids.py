"""Lists of ids that clients have yet to take: what they hold is limited, and free once they go."""

import sys
import threading
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from flask import Flask

from entrypoints.http.errors import Busy, register_errors
from entrypoints.http.orders.metrics import metrics_blueprint
from entrypoints.http.orders.spool import Spool, SpoolMemory
from tests.conftest import World
from tests.harness.builders import an_order
from tests.harness.waits import LIMIT_SECONDS
from tests.http.answers import error_of

WITH_IDS = "/metrics?getOrderIds=true"
LONG = Random(1).randbytes(100_000).hex()  # compressed, some 50 kB


def spooled(memory: SpoolMemory, text: str) -> Iterator[bytes]:
    spool = Spool(memory)
    spool.write(text)
    return spool.read()


def test_a_list_is_refused_while_others_hold_too_much(world: World) -> None:
    world.repository.add([an_order(f"ORD{number:08}") for number in range(10)])
    app = Flask(__name__)
    register_errors(app)
    app.register_blueprint(metrics_blueprint(world.container.compute_metrics, SpoolMemory(0)))

    first = app.test_client().get(WITH_IDS, buffered=False)
    refused = app.test_client().get(WITH_IDS)

    assert (error_of(refused).status, error_of(refused).code) == (503, "busy")
    assert int(refused.headers["Retry-After"]) > 0
    assert len(first.get_json()["pending"]["order_ids"]) == 10
    assert app.test_client().get(WITH_IDS).status_code == 200


def test_one_list_by_itself_may_be_of_any_length() -> None:
    assert b"".join(spooled(SpoolMemory(0), LONG)) == LONG.encode()


def test_a_list_that_is_dropped_unread_or_half_read_makes_room() -> None:
    memory = SpoolMemory(0)
    for pieces_taken in (0, 1):
        held = spooled(memory, LONG)
        for _ in range(pieces_taken):
            next(held)
        with pytest.raises(Busy):
            spooled(memory, LONG + LONG[::-1])

        del held
        assert b"".join(spooled(memory, LONG)) == LONG.encode()


def test_a_list_that_is_refused_makes_room() -> None:
    memory = SpoolMemory(0)
    held = spooled(memory, LONG)
    with pytest.raises(Busy):
        spooled(memory, LONG)
    del held

    assert b"".join(spooled(memory, LONG)) == LONG.encode()


def test_a_list_that_the_garbage_collector_drops_while_another_is_counted_makes_room() -> None:
    memory = SpoolMemory()
    unread = [spooled(memory, LONG) for _ in range(10)]
    counted = []

    def drop_one_at_each_line(*_: object) -> Any:
        if unread:
            unread.pop()
        return drop_one_at_each_line

    def count() -> None:
        sys.settrace(drop_one_at_each_line)
        memory.count(0)
        sys.settrace(None)
        unread.clear()
        counted.append(memory.count(0))

    thread = threading.Thread(target=count, daemon=True)
    thread.start()
    thread.join(LIMIT_SECONDS)

    assert counted == [0]
