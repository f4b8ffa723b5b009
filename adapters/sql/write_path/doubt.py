"""Whether a write set whose commit's answer was lost is stored."""

from adapters.sql.schema.rows import event_to_row, to_order
from adapters.sql.write_path.write_set import WriteSet
from domain.events import OrderEvent
from domain.fence import Version
from domain.order import Order


def finds(asking: WriteSet, earlier: WriteSet) -> bool:
    """Whether the transaction of the `earlier` write set was committed, all of it.

    One of its changes is enough to tell. Locks its batch's row first, which a commit that is still
    under way holds; its orders' rows are for the caller to lock. False for one that changed
    nothing, which may simply be repeated; and for one that only moved deadlines, if the first of
    those orders has changed again since: repeating it is safe, but may hold other due orders.
    """
    left = earlier.last_batch
    found = None if left is None else asking.lock_batch(left.batch_id)
    if earlier.steps:  # more exact than the batch, which another run may have filled as far
        return _finds_step(asking, earlier.steps[0][1], earlier.events[0])
    moved = next(iter(earlier.changed().items()), None)
    if moved is not None:  # no step, so only its deadline
        return _finds_version(asking, *moved)
    return (
        left is not None
        and found is not None
        and found.claimed_at == left.claimed_at
        and found.done >= left.done
    )


def _finds_step(asking: WriteSet, new: Order, event: OrderEvent) -> bool:
    """Whether this very change is stored. Two starts may have equal events, but not owners."""
    cursor = asking.cursor
    cursor.execute(asking.statements.select_event, (new.order_id, new.seq))
    found = cursor.fetchone()
    if found is None or tuple(found) != event_to_row(event):
        return False
    stored = _select(asking, new.order_id)
    return stored.seq != new.seq or stored.owner == new.owner


def _finds_version(asking: WriteSet, order_id: str, version: Version) -> bool:
    return Version.of(_select(asking, order_id)) == version


def _select(asking: WriteSet, order_id: str) -> Order:
    asking.cursor.execute(asking.statements.select_order, (order_id,))
    rows = asking.cursor.fetchall()
    return to_order(rows[0])
