"""The kinds of databases that this adapter knows, by the backend's name in a URL."""

from collections.abc import Mapping

from sqlalchemy import URL

from adapters.sql.databases.kind import DatabaseKind
from adapters.sql.databases.mysql import MySQL
from adapters.sql.databases.postgresql import PostgreSQL
from adapters.sql.databases.sqlite import Sqlite

KINDS: Mapping[str, DatabaseKind] = {
    "sqlite": Sqlite(),
    "postgresql": PostgreSQL(),
    "mysql": MySQL(),
    "mariadb": MySQL(),
}


def kind_of(url: URL) -> DatabaseKind:
    """The kind of the database at that address; raises KeyError for one that is not known."""
    return KINDS[url.get_backend_name()]
