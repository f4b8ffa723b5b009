"""How processing is held back: a pause, and limits."""

import sqlalchemy as sa
from alembic import op

from adapters.sql.schema.migrations.steps import fill_once, keeps_steps

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    flow = op.create_table(
        "order_flow",
        sa.Column("paused_at", sa.BigInteger),
        sa.Column("paused_by", sa.String(100)),
        sa.Column("pause_reason", sa.Text),
        sa.Column("rate_per_1000_s", sa.BigInteger),
        sa.Column("at_once", sa.BigInteger),
        sa.Column("used_until", sa.BigInteger, nullable=False),
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
        if_not_exists=keeps_steps(),
    )
    fill_once(flow, [{"used_until": 0}])


def downgrade() -> None:
    op.drop_table("order_flow")
