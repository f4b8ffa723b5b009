"""How far a reader has to walk through the code: not further than today."""

import re
from pathlib import Path

from tests.harness.processes import run

MOST = {  # files, calls, changes of file
    "POST": (25, 83, 44),
    "hint": (31, 220, 137),
}


def test_an_orders_ways_through_the_code_do_not_grow(tmp_path: Path) -> None:
    walked = run(tmp_path, "python", "-m", "bench.walk")

    assert walked.returncode == 0, walked.stderr
    walks = dict(line.split(": ") for line in walked.stdout.splitlines())
    assert walks.keys() == MOST.keys()
    for way, walk in walks.items():
        found = [int(number) for number in re.findall(r"[0-9]+", walk)]
        assert all(0 < ours <= most for ours, most in zip(found, MOST[way], strict=True)), walk
