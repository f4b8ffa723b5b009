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
    sa.column("owner"),
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
    parked = sa.and_(_orders.c.status == "Processing", _orders.c.owner.is_(None))
    # The one that takes over the value comes first: MariaDB assigns from left to right.
    op.execute(
        sa.update(_orders)
        .where(parked, _orders.c.due_at.is_not(None))
        .ordered_values((_orders.c.appointed_at, _orders.c.due_at), (_orders.c.due_at, None))
    )


def downgrade() -> None:
    # Older code starts an order early rather than never.
    op.execute(
        sa.update(_orders)
        .where(_orders.c.appointed_at.is_not(None))
        .ordered_values((_orders.c.due_at, _orders.c.appointed_at), (_orders.c.appointed_at, None))
    )
    op.drop_index("ix_orders_status_appointed_at", "orders")
    op.drop_column("orders", "appointed_at")
    op.drop_column("orders", "not_before")
