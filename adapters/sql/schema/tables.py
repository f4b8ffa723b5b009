"""The tables. Times are UTC in microseconds since 1970, money is in hundredths.

`fillfactor` is for PostgreSQL: how full, in percent, new rows make a page.
"""

from dataclasses import fields

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Text, text
from sqlalchemy.dialects import mysql

from domain import rules
from domain.totals import Totals

REVISION = "0011"  # of the schema that this code reads and writes; the newest under migrations/

ACTOR_LENGTH = 100

metadata = MetaData()


def id_text(length: int) -> String:
    """An id: ASCII, compared byte by byte, which MariaDB and MySQL have to be asked for."""
    variant = mysql.VARCHAR(length, charset="ascii", collation="ascii_bin")
    return String(length).with_variant(variant, "mysql", "mariadb")


def long_text() -> Text:
    """Of more than the 64 kB that MariaDB and MySQL take for a text."""
    return Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


# Rows are found by their text key only, so on SQLite the key is the table (WITHOUT ROWID).
orders = Table(
    "orders",
    metadata,
    Column("order_id", id_text(rules.ORDER_ID_LENGTH), primary_key=True),
    Column("user_id", BigInteger, nullable=False),
    Column("item_ids", Text, nullable=False),  # "101,102,103"
    Column("total_cents", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("status", String(10), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("owner", String(32)),
    Column("failures", Integer, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("processing_started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("reason", Text),
    Column("not_before", BigInteger),
    Column("appointed_at", BigInteger),  # in place of due_at: see rows.py
    Index("ix_orders_status_due_at", "status", "due_at"),
    Index(
        "ix_orders_status_appointed_at",
        "status",
        "appointed_at",
        sqlite_where=text("appointed_at IS NOT NULL"),
        postgresql_where=text("appointed_at IS NOT NULL"),
    ),
    Index("ix_orders_created_at", "created_at", "order_id"),
    Index("ix_orders_user_id", "user_id", "created_at", "order_id"),
    sqlite_with_rowid=False,
    info={"fillfactor": 70},  # each order is written twice more: there is room on its page
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)

order_events = Table(
    "order_events",
    metadata,
    Column("order_id", id_text(rules.ORDER_ID_LENGTH), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("status", String(10), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text),
    Column("actor", String(ACTOR_LENGTH)),
    Column("position", BigInteger),  # in the feed, assigned after the commit, when somebody follows
    Index("ix_order_events_position", "position", "at", "order_id", "seq"),
    sqlite_with_rowid=False,
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)

order_counters = Table(
    "order_counters",
    metadata,
    Column("slot", Integer, primary_key=True, autoincrement=False),
    *(Column(total.name, BigInteger, nullable=False) for total in fields(Totals)),
    info={"fillfactor": 10},  # room for the versions that an open snapshot keeps
)

order_feed = Table(  # one row: whoever assigns positions locks it
    "order_feed",
    metadata,
    Column("last_position", BigInteger, nullable=False),
)

order_shared = Table(  # one row: what all processes on this database share
    "order_shared",
    metadata,
    Column("lease_us", BigInteger),  # of processes that start from now on; the first one sets it
    Column("previous_lease_us", BigInteger),  # some process may still have this one
    Column("probed_at", BigInteger, nullable=False),  # written only to see that writes go through
    Column("cursor_key", String(64)),  # of the cursors of lists: random, in hexadecimal
)

kept_answers = Table(
    "kept_answers",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("answer", long_text(), nullable=False),
    Index("ix_kept_answers_at", "at", "key"),
    sqlite_with_rowid=False,
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)

order_flow = Table(  # one row: whoever starts orders within the flow, or changes it, locks it
    "order_flow",
    metadata,
    Column("paused_at", BigInteger),
    Column("paused_by", String(ACTOR_LENGTH)),
    Column("pause_reason", Text),
    Column("rate_per_1000_s", BigInteger),
    Column("at_once", BigInteger),
    Column("used_until", BigInteger, nullable=False),
    Column("user_rate_per_1000_s", BigInteger),
    Column("user_at_once", BigInteger),
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)

order_user_flow = Table(  # what users have used of their rate lately; whoever writes locks the flow
    "order_user_flow",
    metadata,
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    Column("used_until", BigInteger, nullable=False),
    Index("ix_order_user_flow_used_until", "used_until"),
    sqlite_with_rowid=False,
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)

order_batches = Table(
    "order_batches",
    metadata,
    Column("batch_id", id_text(rules.BATCH_ID_LENGTH), primary_key=True),
    Column("claimed_at", BigInteger, nullable=False),
    Column("total_entries", BigInteger),  # null, like the next two, in batches of older versions
    Column("done", BigInteger),
    Column("taken", BigInteger),
    sqlite_with_rowid=False,
    mysql_charset="utf8mb4",
    mariadb_charset="utf8mb4",
)
