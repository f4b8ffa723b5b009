"""What all processes on one database share: their lease, and a field for test writes."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import fill_once, keeps_steps

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    shared = op.create_table(
        "order_shared",
        sa.Column("lease_us", sa.BigInteger),
        sa.Column("previous_lease_us", sa.BigInteger),
        sa.Column("probed_at", sa.BigInteger, nullable=False),
        if_not_exists=keeps_steps(),
    )
    fill_once(shared, [{"probed_at": 0}])


def downgrade() -> None:
    op.drop_table("order_shared")
