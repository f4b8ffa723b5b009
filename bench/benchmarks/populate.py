"""POST /orders/populate, against the same rows inserted by the driver alone."""

import time
from collections.abc import Iterator

from bench import BenchFailed
from bench.client import Client
from bench.commands import output_of
from bench.context import Context
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours

ENTRIES = 100_000
LEAST = 0.5


def run(context: Context) -> Iterator[Line]:
    """Rows a second."""
    source = context.database(ENTRIES)

    def service() -> float:
        with ours() as server:
            return rows_per_second(server.client, ENTRIES)

    def raw() -> float:
        target = context.new_database("raw-insert")
        paths = (str(source.database), str(target.database))
        return float(output_of("python", "-m", "bench.raw", *paths))

    measured = medians(context.rounds, {"ours": service, "raw": raw})
    yield at_least(
        "populate, against raw",
        Value(measured["ours"], "rows/s"),
        Value(measured["raw"], "rows/s"),
        LEAST,
    )


def rows_per_second(client: Client, entries: int) -> float:
    """Of a batch of so many entries."""
    began = time.perf_counter()
    _, answer = client.post("/orders/populate", {"total_entries": entries})
    if answer["success_count"] != entries:
        raise BenchFailed(f"populate answered {answer}")
    return entries / (time.perf_counter() - began)
