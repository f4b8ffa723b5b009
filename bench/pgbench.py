"""The statements of a new order, sent by pgbench: what they cost without Python's share.

Each order is a transaction of its own, on one of so many connections.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import URL, make_url

from adapters.sql.rows import event_to_row, to_row
from adapters.sql.servers import COUNTER_SLOTS, open_server
from adapters.sql.statements import Statements
from bench.postgres import bundled
from bench.processes import LIMIT_SECONDS, BenchFailed
from bench.writers import new_order
from domain.events import event_between
from domain.totals import Totals

BUNDLED = Path("pginstall", "bin", "pgbench")
ID, SLOT = "'bench-' || :number", ":slot"  # as pgbench fills them in


def orders_per_second(url: str, counting: str, connections: int, seconds: int) -> float:
    """With COUNTING as bench.writers has it."""
    database = make_url(url)
    sizes = [f"--client={connections}", "--jobs=2", f"--time={seconds}", "--no-vacuum"]
    with TemporaryDirectory(prefix="bench-") as folder:
        script = Path(folder) / "order.sql"
        script.write_text("\n".join(_script(database, counting)), encoding="utf-8")
        result = subprocess.run(
            [_program(), *sizes, f"--file={script}"],
            env=os.environ | _environment(database),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    found = re.search(r"^tps = ([\d.]+)", result.stdout, re.MULTILINE)
    if result.returncode != 0 or found is None:
        raise BenchFailed(f"pgbench said: {result.stderr[-500:]}")
    return float(found[1])


def _script(url: URL, counting: str) -> Iterator[str]:
    statements = Statements(open_server(url).dialect)
    order = new_order()
    yield f"\\set number random(1, {10**15})"
    yield f"\\set slot random(0, {COUNTER_SLOTS - 1 if counting == 'slots' else 0})"
    yield "BEGIN ISOLATION LEVEL READ COMMITTED;"
    yield _filled(statements.lock_orders(1), [ID])
    yield _filled(statements.insert_orders(1), [ID, *map(_literal, to_row(order)[1:])])
    event = event_to_row(event_between(None, order))
    yield _filled(statements.insert_events(1), [ID, *map(_literal, event[1:])])
    if counting != "none":
        more = Totals.of([(None, order)]).values()
        yield _filled(statements.add_to_counters, [*map(_literal, more), SLOT])
    yield "COMMIT;"


def _filled(statement: str, values: Sequence[str]) -> str:
    line = " ".join(statement.split())  # pgbench takes the statement's end from its semicolon
    return re.sub(r"\$(\d+)", lambda found: values[int(found[1]) - 1], line) + ";"


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str) else str(value)


def _environment(url: URL) -> dict[str, str]:
    given = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": url.port,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
    }
    return {name: str(value) for name, value in given.items() if value}


def _program() -> str:
    """The machine's, else the bundled PostgreSQL's."""
    return shutil.which("pgbench") or str(Path(bundled().__file__).parent / BUNDLED)
