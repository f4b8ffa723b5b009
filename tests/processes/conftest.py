"""What the tests with real processes share."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from tests.harness.database_servers import migrated_database


@pytest.fixture
def database() -> Iterator[URL]:
    """A migrated database on PostgreSQL."""
    with migrated_database("postgresql") as url:
        yield url
