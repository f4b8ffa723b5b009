"""How far a batch has come, so that one that was cut short can be finished."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import add_column_once

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = ("total_entries", "done", "taken")


def upgrade() -> None:
    for name in COLUMNS:  # null in batches of older versions
        add_column_once("order_batches", sa.Column(name, sa.BigInteger))


def downgrade() -> None:
    for name in COLUMNS:
        op.drop_column("order_batches", name)
