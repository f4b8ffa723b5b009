"""Limits of each user, and what users have used of their rate."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import (
    add_column_once,
    create_index_once,
    keeps_steps,
)

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_column_once("order_flow", sa.Column("user_rate_per_1000_s", sa.BigInteger))
    add_column_once("order_flow", sa.Column("user_at_once", sa.BigInteger))
    op.create_table(
        "order_user_flow",
        sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("used_until", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
        if_not_exists=keeps_steps(),
    )
    create_index_once("ix_order_user_flow_used_until", "order_user_flow", ["used_until"])


def downgrade() -> None:
    op.drop_table("order_user_flow")
    op.drop_column("order_flow", "user_at_once")
    op.drop_column("order_flow", "user_rate_per_1000_s")
