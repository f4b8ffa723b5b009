"""What the limits of each user leave, in a write transaction that has locked the flow."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain

from adapters.sql.schema.rows import from_us, to_us
from adapters.sql.write_path.many_rows import in_pieces
from adapters.sql.write_path.write_set import WriteSet
from domain.limits import Limits
from domain.transitions import OrderStatus
from domain.user_quota import UserQuota


def read_quota(
    write_set: WriteSet, limits: Limits, users: Iterable[int], now: datetime
) -> UserQuota:
    """Of these users."""
    processing = _processing(write_set) if limits.at_once is not None else {}
    used_until = _used_until(write_set, users) if limits.rate_per_second is not None else {}
    return UserQuota(limits, processing, used_until, now)


def keep_used(write_set: WriteSet, limits: Limits, quota: UserQuota, now: datetime) -> None:
    """Store what users have used of their rate, and drop what says nothing any more."""
    cursor, statements = write_set.cursor, write_set.statements
    if limits.rate_per_second is None:
        return
    cursor.execute(statements.flow.forget_used, (to_us(now - limits.burst),))
    rows = [(user_id, to_us(used)) for user_id, used in sorted(quota.used.items())]
    for some in in_pieces(rows, powers_of_two=statements.powers_of_two):
        cursor.execute(statements.flow.keep_used(len(some)), tuple(chain.from_iterable(some)))
    write_set.has_written = True


def _processing(write_set: WriteSet) -> Mapping[int, int]:
    """How many orders of each user are Processing, with what this transaction will have changed."""
    status = OrderStatus.PROCESSING
    write_set.cursor.execute(write_set.statements.flow.count_by_user, (status.value,))
    found = Counter({user_id: int(count) for user_id, count in write_set.cursor.fetchall()})
    for old, new in write_set.steps:
        was_processing = old is not None and old.status is status
        found[new.user_id] += (new.status is status) - was_processing
    return found


def _used_until(write_set: WriteSet, users: Iterable[int]) -> Mapping[int, datetime]:
    found: dict[int, datetime] = {}
    statements = write_set.statements
    for some in in_pieces(sorted(set(users)), powers_of_two=statements.powers_of_two):
        write_set.cursor.execute(statements.flow.select_used(len(some)), tuple(some))
        found |= {user_id: from_us(used) for user_id, used in write_set.cursor.fetchall()}
    return found
