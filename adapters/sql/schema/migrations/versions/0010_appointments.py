"""Orders that are not to start before a time, and deadlines that are appointments."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import add_column_once, create_index_once

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_orders = sa.table(
    "orders",
    sa.column("status"),
    sa.column("due_at"),
    sa.column("appointed_at"),
)


def upgrade() -> None:
    add_column_once("orders", sa.Column("not_before", sa.BigInteger))
    add_column_once("orders", sa.Column("appointed_at", sa.BigInteger))
    create_index_once(
        "ix_orders_status_appointed_at",
        "orders",
        ["status", "appointed_at"],
        where="appointed_at IS NOT NULL",
    )
    # What is parked already keeps its deadline in due_at: to move it would lock what others write.


def downgrade() -> None:
    # Older code starts an order early rather than never. Only where there are any, and by ranges of
    # the index: MariaDB locks what it reads, and a writer that has some of it and wants other rows
    # is a deadlock. It assigns from left to right: the one that takes over the value comes first.
    has_one = _orders.c.status.in_(["Pending", "Processing"]), _orders.c.appointed_at > 0
    if op.get_bind().execute(sa.select(_orders.c.status).where(*has_one).limit(1)).first():
        moved = (_orders.c.due_at, _orders.c.appointed_at), (_orders.c.appointed_at, None)
        op.execute(sa.update(_orders).where(*has_one).ordered_values(*moved))
    op.drop_index("ix_orders_status_appointed_at", "orders")
    op.drop_column("orders", "appointed_at")
    op.drop_column("orders", "not_before")
