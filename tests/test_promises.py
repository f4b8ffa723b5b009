"""The README's table of promises leads to tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_each_promise_of_the_readme_leads_to_its_tests() -> None:
    readme = (ROOT / "README.md").read_text()
    promises = re.findall(r"^\| \d \| .*", readme, re.MULTILINE)

    assert len(promises) == 9
    for promise in promises:
        tests = re.findall(r"`([\w/]+\.py)::(test_\w+)`", promise)
        assert tests, promise
        for file, name in tests:
            assert f"def {name}(" in (ROOT / "tests" / file).read_text(), f"{file}::{name}"
