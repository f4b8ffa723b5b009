"""What the values of an order must look like."""

import re
from collections.abc import Sequence
from decimal import Decimal

from domain.errors import InvalidOrder

ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:~-]*"  # not anchored at its end: Python's \Z is not $
ORDER_ID_LENGTH = 64
BATCH_ID_LENGTH = 40
# Words that are, or will be, addresses under /orders; an order of that name could never be fetched.
RESERVED_IDS = frozenset({"metrics", "populate", "batch", "events", "retry", "import", "export"})
MAX_NUMBER = 2**53 - 1  # the largest integer that every JSON reader keeps exact
REASON_LENGTH = 500
MAX_ITEMS = 1_000
MAX_AMOUNT = Decimal("9999999999.99")
AMOUNT_DECIMALS = 2
CENT = Decimal(1).scaleb(-AMOUNT_DECIMALS)

_id = re.compile(ID_PATTERN)


def check_order_id(order_id: str) -> None:
    """Raise InvalidOrder unless `order_id` may name an order."""
    _check_id("order_id", order_id, ORDER_ID_LENGTH)
    if order_id in RESERVED_IDS:
        raise InvalidOrder("order_id", f"{order_id!r} is reserved; choose another id")


def check_batch_id(batch_id: str) -> None:
    """Raise InvalidOrder unless `batch_id` may name a batch of simulated orders."""
    _check_id("batch_id", batch_id, BATCH_ID_LENGTH)


def check_user_id(user_id: int) -> None:
    """Raise InvalidOrder unless `user_id` is in range."""
    _check_number("user_id", user_id)


def check_item_ids(item_ids: Sequence[int]) -> None:
    """Raise InvalidOrder unless there are 1 to 1,000 ids, each in range."""
    if not 1 <= len(item_ids) <= MAX_ITEMS:
        raise InvalidOrder("item_ids", f"{len(item_ids)} items; an order has 1 to {MAX_ITEMS}")
    for item_id in item_ids:
        _check_number("item_ids", item_id)


def check_reason(reason: str) -> None:
    """Raise InvalidOrder unless `reason` is a line of text, as every database can store it."""
    if not 1 <= len(reason) <= REASON_LENGTH:
        raise InvalidOrder("reason", f"{len(reason)} characters; a reason has 1 to {REASON_LENGTH}")
    if not reason.isprintable():  # neither line breaks nor NUL, nor halves of characters
        raise InvalidOrder("reason", "must be one line, of printable characters")


def in_cents(amount: Decimal) -> Decimal:
    """The amount with exactly two decimals, however many zeros it came with.

    Raises InvalidOrder unless it is finite, in range and has at most two decimals.
    """
    if not amount.is_finite() or not 0 <= amount <= MAX_AMOUNT:
        raise InvalidOrder("total_amount", f"must be from 0 to {MAX_AMOUNT}")
    rounded = amount.quantize(CENT)
    if rounded != amount:
        raise InvalidOrder("total_amount", f"must have at most {AMOUNT_DECIMALS} decimals")
    return rounded


def _check_id(field: str, text: str, length: int) -> None:
    if len(text) > length or not _id.fullmatch(text):
        raise InvalidOrder(
            field,
            f"must be 1 to {length} of A-Z a-z 0-9 . _ : ~ - and start with a letter or a digit",
        )


def _check_number(field: str, number: int) -> None:
    if not 0 <= number <= MAX_NUMBER:
        raise InvalidOrder(field, f"must be from 0 to {MAX_NUMBER}")
