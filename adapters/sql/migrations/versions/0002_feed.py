"""Places of events in the feed."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("order_events", sa.Column("position", sa.BigInteger))
    op.create_index(
        "ix_order_events_position", "order_events", ["position", "at", "order_id", "seq"]
    )
    feed = op.create_table("order_feed", sa.Column("last_position", sa.BigInteger, nullable=False))
    op.bulk_insert(feed, [{"last_position": 0}])


def downgrade() -> None:
    op.drop_table("order_feed")
    op.drop_index("ix_order_events_position", "order_events")
    op.drop_column("order_events", "position")
