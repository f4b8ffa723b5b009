"""Room on PostgreSQL's pages for new versions of rows."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

FILLFACTOR = {"orders": 70, "order_counters": 10}  # of pages that are written from now on


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":  # readers and writers go on meanwhile
        for table, percent in FILLFACTOR.items():
            op.execute(f"ALTER TABLE {table} SET (fillfactor = {percent})")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in FILLFACTOR:
            op.execute(f"ALTER TABLE {table} RESET (fillfactor)")
