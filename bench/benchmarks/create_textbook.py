"""POST /orders/, durable, against the textbook, whose workers run with the same delay."""

from collections.abc import Iterator

from bench import load
from bench.benchmarks.create import CONNECTIONS
from bench.context import Context
from bench.report.line import Line, Value, at_least
from bench.rounds import medians
from bench.servers import ours, textbook

LEAST = 5.0


def run(context: Context) -> Iterator[Line]:
    """Requests a second."""

    def service() -> float:
        with ours() as server:
            return load.create(server.url, CONNECTIONS, context.seconds).per_second

    def plain() -> float:
        with textbook() as server:
            return load.create(server.url, CONNECTIONS, context.seconds).per_second

    measured = medians(context.rounds, {"ours": service, "textbook": plain})
    yield at_least(
        "create, against the textbook",
        Value(measured["ours"], "requests/s"),
        Value(measured["textbook"], "requests/s"),
        LEAST,
    )
