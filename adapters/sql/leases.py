"""The lease that all processes on one database have agreed on; it stands in the database."""

from datetime import timedelta

from sqlalchemy import Engine, select, update

from adapters.sql.schema.rows import MICROSECOND
from adapters.sql.schema.tables import order_shared


def agree_on_lease(engine: Engine, lease: timedelta) -> timedelta:
    """Write it down if nobody has before; returns one to use: `lease`, if that is in use."""
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
    """Ask for another from processes that start from now on; returns the one until now.

    That one counts as in use until the next change.
    """
    ours = lease // MICROSECOND
    stored = select(order_shared.c.lease_us).with_for_update()
    with engine.execution_options(write=True).begin() as connection:
        before: int = connection.execute(stored).scalar_one() or ours
        connection.execute(update(order_shared).values(lease_us=ours, previous_lease_us=before))
    return before * MICROSECOND
