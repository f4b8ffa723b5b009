"""Simulated orders: without a seed all batches ask for the same, with one as customers do."""

from datetime import datetime
from decimal import Decimal
from random import Random

from domain.order import Order

NUMBERS = 2**20  # more than the orders of a batch
USERS = 10_000
ITEMS = 900
MOST_ITEMS = 8  # of an order


def order_id_of(batch_id: str, number: int) -> str:
    """The id of the order of that number in the batch; the first one is 1."""
    return f"sim_{batch_id}_{number}"


def simulated_order(batch_id: str, number: int, seed: int | None, now: datetime) -> Order:
    """What it asks for depends on number and seed alone; it is due at once."""
    user_id, item_ids, cents = _plain(number) if seed is None else _realistic(number, seed)
    return Order.new(
        order_id=order_id_of(batch_id, number),
        user_id=user_id,
        item_ids=item_ids,
        total_amount=Decimal(cents).scaleb(-2),
        now=now,
        due_at=now,
    )


def _plain(number: int) -> tuple[int, tuple[int, ...], int]:
    return 0, tuple(range(101, 102 + number % 3)), 100 + number % 100_000


def _realistic(number: int, seed: int) -> tuple[int, tuple[int, ...], int]:
    """A few users order often, a few items sell well, and an item always costs the same."""
    # random() alone says the same in all versions of Python.
    draw = Random(seed * NUMBERS + number).random  # noqa: S311  # no secrets
    user_id = 1 + int(USERS * draw() ** 3)
    count = 1 + int(MOST_ITEMS * draw() ** 2)
    item_ids = tuple(101 + int(ITEMS * draw() ** 2) for _ in range(count))
    return user_id, item_ids, sum(map(_price_in_cents, item_ids))


def _price_in_cents(item_id: int) -> int:
    return 199 + item_id * 7_919 % 9_800
