"""How databases look for due orders: along an index, past none that are not due."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, text

from adapters.sql.schema.rows import to_us
from adapters.sql.write_path.due_statements import DueStatements
from tests.contract.conftest import empty_database
from tests.contract.databases import migrated_file, open_engine, open_stores, statements_for
from tests.harness.builders import START, an_order

SOON, DAY = timedelta(milliseconds=1), timedelta(days=1)
OF_EACH = 2_000  # of which no look needs more than a few
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN", "postgresql": "EXPLAIN", "mysql": "EXPLAIN"}


@pytest.fixture(params=["sqlite", "postgresql", "mysql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """On a database with as many scheduled orders as there are in line."""
    is_file = request.param == "sqlite"
    url = migrated_file(tmp_path / "o.db") if is_file else empty_database(request, request.param)
    store_orders(url)
    engine = open_engine(url)
    if not is_file:  # what a server does by itself before long
        with engine.execution_options(write=True).begin() as connection:
            connection.execute(text(f"ANALYZE {'TABLE ' * (request.param == 'mysql')}orders"))
    yield engine
    engine.dispose()


def store_orders(url: URL) -> None:
    stores = open_stores(url)
    numbers = range(OF_EACH)
    stores.orders.add([an_order(f"line-{n}", due_at=START + n * SOON) for n in numbers])
    stores.orders.add([an_order(f"late-{n}", not_before=START + DAY + n * SOON) for n in numbers])
    stores.close()


def plan(engine: Engine, sql: str, parameters: tuple[object, ...]) -> str:
    explain = EXPLAIN[engine.dialect.name]
    with engine.begin() as connection:
        rows = connection.exec_driver_sql(f"{explain} {sql}", parameters)
        return "\n".join(" ".join(map(str, row)) for row in rows)


@pytest.mark.parametrize("now", [START + DAY / 2, START + 2 * DAY])
@pytest.mark.parametrize("kind", DueStatements._fields)
def test_a_look_for_due_orders_reads_a_stretch_of_its_own_index(
    engine: Engine, kind: str, now: datetime
) -> None:
    at = to_us(now)
    parameters = {
        "overdue": ("Pending", at, 0, 10),
        "appointed": ("Pending", at, 10),
        "misdated": ("Pending", at, at, 10),
    }[kind]
    deadline = "appointed_at" if kind == "appointed" else "due_at"

    found = plan(engine, getattr(statements_for(engine).select_due, kind), parameters)

    assert f"ix_orders_status_{deadline}" in found
    match engine.dialect.name:
        case "sqlite":
            assert f"(status=? AND {deadline}" in found
            assert "ORDER BY" not in found
        case "postgresql":
            assert f"'::text) AND ({deadline}" in found
            assert "Sort" not in found
        case _:
            assert " range " in found
            assert "filesort" not in found
