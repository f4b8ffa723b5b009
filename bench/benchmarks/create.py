"""POST /orders/, durable, against a bare Flask echo on the same server."""

from collections.abc import Iterator

from bench import load
from bench.context import Context
from bench.report.line import Line, Value, at_least, under
from bench.rounds import in_turn
from bench.servers import floor, ours

CONNECTIONS = 32
LEAST = 0.5
P99_MS = 100.0
FLOOR_P99_MS = 50.0  # past it the machine is too busy for ours to be judged


def run(context: Context) -> Iterator[Line]:
    """Requests a second, and the slowest hundredth."""

    def service() -> load.Load:
        with ours() as server:
            return load.create(server.url, CONNECTIONS, context.seconds)

    def bare() -> load.Load:
        with floor() as server:
            return load.create(server.url, CONNECTIONS, context.seconds)

    measured = in_turn(context.rounds, {"ours": service, "floor": bare})
    mine, other = load.middle(measured["ours"]), load.middle(measured["floor"])
    yield at_least(
        "create, against the floor",
        Value(mine.per_second, "requests/s"),
        Value(other.per_second, "requests/s"),
        LEAST,
    )
    yield under(
        "create, p99",
        Value(mine.p99_ms, "ms"),
        P99_MS,
        Value(other.p99_ms, "ms"),
        judged=other.p99_ms < FLOOR_P99_MS,
    )
