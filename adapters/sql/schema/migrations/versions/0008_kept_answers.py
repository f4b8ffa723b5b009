"""What was answered to requests that may be repeated."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from adapters.sql.schema.migrations.steps import create_index_once, keeps_steps

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column(
            "answer",
            sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb"),
            nullable=False,
        ),
        sqlite_with_rowid=False,
        mysql_charset="utf8mb4",
        mariadb_charset="utf8mb4",
        if_not_exists=keeps_steps(),
    )
    create_index_once("ix_kept_answers_at", "kept_answers", ["at", "key"])


def downgrade() -> None:
    op.drop_table("kept_answers")
