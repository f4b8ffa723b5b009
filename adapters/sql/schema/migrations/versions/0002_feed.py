"""Positions of events in the feed."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import (
    add_column_once,
    create_index_once,
    fill_once,
    keeps_steps,
)

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_column_once("order_events", sa.Column("position", sa.BigInteger))
    create_index_once(
        "ix_order_events_position", "order_events", ["position", "at", "order_id", "seq"]
    )
    feed = op.create_table(
        "order_feed",
        sa.Column("last_position", sa.BigInteger, nullable=False),
        if_not_exists=keeps_steps(),
    )
    fill_once(feed, [{"last_position": 0}])


def downgrade() -> None:
    op.drop_table("order_feed")
    op.drop_index("ix_order_events_position", "order_events")
    op.drop_column("order_events", "position")
