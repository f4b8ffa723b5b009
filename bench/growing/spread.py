"""How evenly orders fall on several databases by their id, and how many move when one is added.

`python -m bench.growing.spread`. An id belongs to one of 1,024 buckets for ever; a list says which
database has which bucket, so a database is added by moving buckets, and no other order moves.
"""

import zlib
from collections import Counter
from collections.abc import Iterable
from itertools import cycle, islice
from random import Random
from uuid import UUID

BUCKETS = 1_024
ORDERS = 1_000_000


def bucket(order_id: str) -> int:
    """By CRC-32: every language and database has it."""
    return zlib.crc32(order_id.encode()) % BUCKETS


def divided(databases: int) -> list[int]:
    """Of each bucket, which database has it."""
    return list(islice(cycle(range(databases)), BUCKETS))


def with_one_more(owners: list[int]) -> list[int]:
    """A new database takes from each of the others alike, and just as much as it needs."""
    new = max(owners) + 1
    wanted = BUCKETS // (new + 1)
    having = Counter(owners)
    after = list(owners)
    while wanted:
        (most, _), *_ = having.most_common(1)
        after[after.index(most)] = new
        having[most] -= 1
        wanted -= 1
    return after


def fullest(order_ids: Iterable[str], owners: list[int]) -> float:
    """The orders of the fullest database, as a multiple of the mean."""
    having = Counter(owners[bucket(order_id)] for order_id in order_ids)
    return max(having.values()) * len(set(owners)) / having.total()


def main() -> None:
    """Print a line for some numbers of databases."""
    numbers = Random(1)  # noqa: S311  # no secret: the same figures each time
    kinds = {
        "simulated ids": [f"sim_spread_{number}" for number in range(ORDERS)],
        "UUIDs": [str(UUID(int=numbers.getrandbits(128))) for _ in range(ORDERS)],
    }
    for databases in (4, 10, 16):
        owners = divided(databases)
        moved = sum(old != new for old, new in zip(owners, with_one_more(owners), strict=True))
        shares = ", ".join(f"{kind} {fullest(ids, owners):.3f}" for kind, ids in kinds.items())
        line = f"{databases} databases: the fullest has {shares} of the mean; one more moves"
        print(f"{line} {moved / BUCKETS:.1%} of the orders")  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
