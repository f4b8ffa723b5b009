"""The lease that all processes on one database use; it is stored there.

For an engine that DatabaseKind.open made. Waits for the row's lock, and raises SQLAlchemy's errors.
"""

from datetime import timedelta

from sqlalchemy import Engine, select, update

from adapters.sql.schema.rows import MICROSECOND
from adapters.sql.schema.tables import order_shared


def agree_on_lease(engine: Engine, lease: timedelta) -> timedelta:
    """Returns `lease` if it is in use, or if none was (and stores it); else the one that is."""
    ours = lease // MICROSECOND
    unset = update(order_shared).where(order_shared.c.lease_us.is_(None))
    with engine.execution_options(write=True).begin() as connection:
        connection.execute(unset.values(lease_us=ours, previous_lease_us=ours))
        in_use = connection.execute(
            select(order_shared.c.lease_us, order_shared.c.previous_lease_us)
        ).one()
    agreed: int = ours if ours in in_use else in_use[0]
    return agreed * MICROSECOND


def change_lease(engine: Engine, lease: timedelta) -> timedelta:
    """Make it the lease of processes that start from now on; returns the one before.

    That one stays in use until the next change, for processes that run already.
    """
    ours = lease // MICROSECOND
    stored = select(order_shared.c.lease_us).with_for_update()
    with engine.execution_options(write=True).begin() as connection:
        before: int = connection.execute(stored).scalar_one() or ours
        connection.execute(update(order_shared).values(lease_us=ours, previous_lease_us=before))
    return before * MICROSECOND
