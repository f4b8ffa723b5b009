"""Loads a server from a separate process: wrk where it is installed, else a bundled client."""

import json
import shutil
from dataclasses import dataclass
from statistics import median
from uuid import uuid4

from bench import BenchFailed
from bench.commands import output_of
from tests.harness.processes import ROOT

SCRIPT = str(ROOT / "bench" / "load.lua")
WARM_UP_SECONDS = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What one load measured."""

    per_second: float
    p99_ms: float


def client_name() -> str:
    """The name of the client that sends the load."""
    return "wrk" if shutil.which("wrk") else "the bundled client"


def create(url: str, connections: int, seconds: int) -> Load:
    """POST orders with new ids. Raises BenchFailed when any request fails."""
    _send(url, connections, WARM_UP_SECONDS, "create", uuid4().hex)
    return _send(url, connections, seconds, "create", uuid4().hex)


def read(url: str, path: str, numbers: int, connections: int, seconds: int) -> Load:
    """GET the path; a %d in it becomes a number from 1 to `numbers`. Raises BenchFailed."""
    _send(url, connections, WARM_UP_SECONDS, "read", path, str(numbers))
    return _send(url, connections, seconds, "read", path, str(numbers))


def middle(loads: list[Load]) -> Load:
    """The median of each number."""
    return Load(
        per_second=median(load.per_second for load in loads),
        p99_ms=median(load.p99_ms for load in loads),
    )


def _send(url: str, connections: int, seconds: int, *what: str) -> Load:
    wrk = shutil.which("wrk")
    if wrk:
        sizes = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s"]
        command = [wrk, *sizes, "-s", SCRIPT, url, "--", *what]
    else:
        sizes = ["--connections", str(connections), "--seconds", str(seconds)]
        command = ["python", "-m", "bench.load_client", *sizes, url, *what]
    output = output_of(*command)
    outcome = json.loads(output.strip().splitlines()[-1])
    if outcome["errors"] or not outcome["requests"]:
        raise BenchFailed(f"{outcome['errors']} of {outcome['requests']} requests to {url} failed")
    return Load(
        per_second=outcome["requests"] / outcome["seconds"],
        p99_ms=outcome["p99_ms"],
    )
