"""Who caused an event."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import add_column_once, keep_writers_out

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The indexes of 0007 may follow in the same transaction.
    keep_writers_out("order_shared", "orders", "order_events")
    add_column_once("order_events", sa.Column("actor", sa.String(100)))  # null: its kind says who


def downgrade() -> None:
    op.drop_column("order_events", "actor")
