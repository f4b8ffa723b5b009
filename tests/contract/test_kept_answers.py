"""Answers for keys: stored beside what was asked, once, on every database."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import URL

from application.ports import KeptAnswer, KeyUsed, Once
from domain.totals import Totals
from tests.contract.databases import Stores, open_stores
from tests.harness.builders import LEASE, START, an_order

KEY, OTHER_KEY = "a" * 64, "b" * 64
FINGERPRINT = "f" * 64
RACERS = 20


def once(key: str = KEY, answer: Callable[[Any], str] = str) -> Once:
    return Once(key, FINGERPRINT, START, answer)


def test_an_answer_is_stored_with_the_order_it_is_about(stores: Stores) -> None:
    stores.orders.add([an_order()], once(answer=lambda taken: f"created, taken {taken}"))

    assert stores.answers.find(KEY) == KeptAnswer(FINGERPRINT, "created, taken []")
    assert stores.answers.find(OTHER_KEY) is None


def test_an_answer_is_stored_with_a_change(stores: Stores) -> None:
    stores.orders.add([an_order()])

    stores.orders.update([an_order().cancel(START)], once(answer=lambda done: f"done {done}"))

    assert stores.answers.find(KEY) == KeptAnswer(FINGERPRINT, "done [True]")


def test_an_answer_may_be_long_and_of_any_characters(stores: Stores) -> None:
    text = "€😀" * 50_000

    stores.orders.add([an_order()], once(answer=lambda _: text))

    assert stores.answers.find(KEY) == KeptAnswer(FINGERPRINT, text)


def test_nothing_more_is_stored_for_a_key_that_was_used(stores: Stores) -> None:
    stores.orders.add([an_order()], once())

    with pytest.raises(KeyUsed):
        stores.orders.add([an_order("another")], once(answer=lambda _: "another"))
    with pytest.raises(KeyUsed):
        stores.orders.update([an_order().cancel(START)], once())

    assert stores.views.totals() == Totals(pending=1)
    assert stores.answers.find(KEY) == KeptAnswer(FINGERPRINT, "[]")


def test_no_answer_is_kept_of_what_changed_nothing(stores: Stores) -> None:
    stores.orders.add([an_order()])

    assert stores.orders.add([an_order()], once()) == ["ORD003"]
    assert stores.orders.update([an_order().start(START, LEASE, "me").new.complete(START)], once())

    assert stores.answers.find(KEY) is None


def test_an_answer_is_stored_alone_where_nothing_is_to_be_changed(stores: Stores) -> None:
    assert stores.orders.update([], once(answer=lambda _: "as it was")) == []

    assert stores.answers.find(KEY) == KeptAnswer(FINGERPRINT, "as it was")
    with pytest.raises(KeyUsed):
        stores.orders.update([], once())


def race(act: Callable[[int], object]) -> list[object]:
    """What came of as many calls at once; None for one whose key was used."""
    barrier = threading.Barrier(RACERS)

    def run(number: int) -> object:
        barrier.wait()
        try:
            return act(number)
        except KeyUsed:
            return None

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


def test_of_twenty_twins_one_is_stored(stores: Stores) -> None:
    results = race(lambda number: stores.orders.add([an_order(f"o{number}")], once()))

    assert sorted(results, key=str) == [None] * (RACERS - 1) + [[]]
    assert stores.views.totals() == Totals(pending=1)


def test_of_twins_in_two_processes_one_is_stored(server: URL) -> None:
    processes = [open_stores(server), open_stores(server)]

    results = race(
        lambda number: processes[number % 2].orders.add([an_order(f"o{number}")], once())
    )

    assert sorted(results, key=str) == [None] * (RACERS - 1) + [[]]
    assert processes[0].views.totals() == Totals(pending=1)
    for stores in processes:
        stores.close()


def test_old_answers_are_forgotten_the_oldest_first(stores: Stores) -> None:
    for number in range(4):
        at = START + timedelta(seconds=number)
        stores.orders.add([an_order(f"o{number}")], once(str(number) * 64)._replace(at=at))

    assert stores.answers.forget(START + timedelta(seconds=3), limit=2) == 2
    assert stores.answers.find("1" * 64) is None
    assert stores.answers.find("2" * 64) is not None
    assert stores.answers.forget(START + timedelta(seconds=3), limit=2) == 1
    assert stores.answers.forget(START + timedelta(seconds=3), limit=2) == 0
    assert stores.answers.find("3" * 64) is not None
