"""Orders, their history and their counters."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from adapters.sql.schema.migrations.steps import create_index_once, fill_once, keeps_steps

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# These two are copies of what tables.py had: a migration does not change with the code.
OPTIONS = {
    "sqlite_with_rowid": False,
    "mysql_charset": "utf8mb4",
    "mariadb_charset": "utf8mb4",
}


def id_text(length: int) -> sa.String:
    variant = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return sa.String(length).with_variant(variant, "mysql", "mariadb")


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", id_text(64), primary_key=True),
        sa.Column("user_id", sa.BigInteger, nullable=False),
        sa.Column("item_ids", sa.Text, nullable=False),
        sa.Column("total_cents", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("seq", sa.Integer, nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("owner", sa.String(32)),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("crashes", sa.Integer, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("processing_started_at", sa.BigInteger),
        sa.Column("ended_at", sa.BigInteger),
        sa.Column("reason", sa.Text),
        **OPTIONS,
        if_not_exists=keeps_steps(),
    )
    create_index_once("ix_orders_status_due_at", "orders", ["status", "due_at"])
    op.create_table(
        "order_events",
        sa.Column("order_id", id_text(64), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        **OPTIONS,
        if_not_exists=keeps_steps(),
    )
    counters = op.create_table(
        "order_counters",
        sa.Column("slot", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("pending", sa.BigInteger, nullable=False),
        sa.Column("processing", sa.BigInteger, nullable=False),
        sa.Column("completed", sa.BigInteger, nullable=False),
        sa.Column("failed", sa.BigInteger, nullable=False),
        sa.Column("cancelled", sa.BigInteger, nullable=False),
        sa.Column("processing_us", sa.BigInteger, nullable=False),
        sa.Column("total_us", sa.BigInteger, nullable=False),
        if_not_exists=keeps_steps(),
    )
    zero = {column.name: 0 for column in counters.columns}
    slots = 1 if op.get_bind().dialect.name == "sqlite" else 32  # one writer needs no more
    fill_once(counters, [zero | {"slot": slot} for slot in range(slots)])
    op.create_table(
        "order_batches",
        sa.Column("batch_id", id_text(40), primary_key=True),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
        **OPTIONS,
        if_not_exists=keeps_steps(),
    )


def downgrade() -> None:
    op.drop_table("order_batches")
    op.drop_table("order_counters")
    op.drop_table("order_events")
    op.drop_index("ix_orders_status_due_at", "orders")
    op.drop_table("orders")
