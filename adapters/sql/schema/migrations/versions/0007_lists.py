"""Indexes for lists of orders, and the secret that their cursors are signed with."""

import secrets

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import add_column_once, create_index_once

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_orders_created_at": ["created_at", "order_id"],
    "ix_orders_user_id": ["user_id", "created_at", "order_id"],
}


def upgrade() -> None:
    add_column_once("order_shared", sa.Column("cursor_key", sa.String(64)))
    shared = sa.table("order_shared", sa.column("cursor_key"))
    unset = sa.update(shared).where(shared.c.cursor_key.is_(None))
    op.execute(unset.values(cursor_key=secrets.token_hex(32)))
    for name, columns in INDEXES.items():
        create_index_once(name, "orders", columns)


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, "orders")
    op.drop_column("order_shared", "cursor_key")
