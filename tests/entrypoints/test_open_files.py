"""How many connections a server process takes, by its limit of open files."""

import resource
from collections.abc import Iterator

import pytest

from entrypoints.serving.open_files import CONNECTIONS, OTHER_FILES, allow_many_connections

LOW = 512


@pytest.fixture
def hard() -> Iterator[int]:
    """The hard limit of this process, whose soft one is low until the test has ended."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LOW, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_soft_limit_is_raised_as_far_as_needed_and_leaves_files_for_others(hard: int) -> None:
    connections = allow_many_connections()

    soft, hard_after = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = CONNECTIONS + OTHER_FILES
    assert soft == (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard))
    assert hard_after == hard
    assert connections == soft - OTHER_FILES
