"""How far a reader has to walk through the code: not further than today."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST = {  # files, calls, changes of file
    "POST": (22, 105, 46),
    "hint": (20, 200, 102),
}


def test_an_orders_ways_through_the_code_do_not_grow() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "bench.walk"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout

    walks = dict(line.split(": ") for line in printed.splitlines())
    assert walks.keys() == MOST.keys()
    for way, walk in walks.items():
        found = [int(number) for number in re.findall(r"[0-9]+", walk)]
        assert all(0 < ours <= most for ours, most in zip(found, MOST[way], strict=True)), walk
