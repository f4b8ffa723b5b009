"""Orders, their history and their counters."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "orders",
        sa.Column("order_id", sa.String(64), primary_key=True),
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
        sqlite_with_rowid=False,
    )
    op.create_index("ix_orders_status_due_at", "orders", ["status", "due_at"])
    op.create_table(
        "order_events",
        sa.Column("order_id", sa.String(64), primary_key=True),
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text),
        sqlite_with_rowid=False,
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
    )
    zero = {column.name: 0 for column in counters.columns}
    op.bulk_insert(counters, [zero | {"slot": 0}])
    op.create_table(
        "order_batches",
        sa.Column("batch_id", sa.String(40), primary_key=True),
        sa.Column("claimed_at", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("order_batches")
    op.drop_table("order_counters")
    op.drop_table("order_events")
    op.drop_index("ix_orders_status_due_at", "orders")
    op.drop_table("orders")
