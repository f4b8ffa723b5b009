"""The arithmetic of docs/growing.md: what so many orders need, from what one order costs.

`python -m bench.growing.reckon`; `--help` lists the pieces, each of which may be your own.
"""

import argparse
from math import ceil
from typing import NamedTuple

ORDERS_A_DAY = (10_000_000, 100_000_000, 1_000_000_000)
HOSTS = (1, 10, 100)
SECONDS_A_DAY = 86_400
COLUMNS = (
    "at the peak",
    "commits/s",
    "WAL, MB/s",
    "WAL, TB a day",
    "stored, TB a day",
    "cores of the service",
    "cores of PostgreSQL",
    "databases",
    "connections",
)


class Pieces(NamedTuple):
    """What one order costs, from its creation to its end, and what there is to pay it with."""

    wal_bytes: float = 2_580  # measured by pieces.py, a hundred at once
    stored_bytes: float = 1_400  # the same: rows and indexes
    commits: float = 0.02  # a hundred created in one, started and ended in another
    server_us: float = 230  # CPU of PostgreSQL, by pieces.py on a busy machine
    service_us: float = 550  # CPU of ours: a create over HTTP 280, and 270 by pieces.py
    peak: float = 3  # of the mean of a day; assumed, like all that follow
    busy: float = 0.5  # of the cores, at the peak
    cores: int = 16  # of a database's host
    service_cores: int = 8  # of a host of ours, with a process for each
    connections: int = 32  # of a process, at most


def needs(peak: float, pieces: Pieces) -> str:
    """Cells of the table, for so many orders a second."""
    a_day = peak / pieces.peak * SECONDS_A_DAY
    server = peak * pieces.server_us / 1e6 / pieces.busy
    service = peak * pieces.service_us / 1e6 / pieces.busy
    return (
        f"{peak:,.0f} | {peak * pieces.commits:,.0f} "
        f"| {peak * pieces.wal_bytes / 1e6:,.1f} | {a_day * pieces.wal_bytes / 1e12:,.2f} "
        f"| {a_day * pieces.stored_bytes / 1e12:,.2f} | {service:,.1f} | {server:,.1f} "
        f"| {ceil(round(server / pieces.cores, 3)):,} "
        f"| {ceil(round(service, 3)) * pieces.connections:,} |"
    )


def main() -> None:
    """Print both tables: by orders a day, and by hosts of ours."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in Pieces()._asdict().items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    pieces = Pieces(**vars(parser.parse_args()))
    by_day = [(orders, orders / SECONDS_A_DAY * pieces.peak) for orders in ORDERS_A_DAY]
    a_host = pieces.service_cores * pieces.busy / pieces.service_us * 1e6
    by_hosts = [(hosts, hosts * a_host) for hosts in HOSTS]
    for first, rows in (("orders a day", by_day), ("hosts of the service", by_hosts)):
        print(_head(first))  # noqa: T201  # the answer
        for number, peak in rows:
            print(f"| {number:,} | {needs(peak, pieces)}")  # noqa: T201
        print()  # noqa: T201


def _head(first: str) -> str:
    names = (first, *COLUMNS)
    return f"| {' | '.join(names)} |\n| {' | '.join('---' for _ in names)} |"


if __name__ == "__main__":
    main()
