"""The container of a command that writes to, or reads, what outlives it."""

from pathlib import Path

import click
from sqlalchemy import URL, make_url

from entrypoints.startup import build_container
from entrypoints.wiring.container import Container
from entrypoints.wiring.setting_fields import MEMORY_URL
from entrypoints.wiring.settings import StartError


def stored_container() -> Container:
    """A container on a database of this version's schema. Raises StartError.

    Says so when there was none: a pause, say, in another folder than the service's would seem to
    work.
    """
    container = build_container()
    settings = container.settings()
    if settings.is_in_memory:
        raise StartError(
            f"orders in ORDERS_DATABASE_URL={MEMORY_URL!r} end with each process; use a file"
        )
    file = sqlite_file(make_url(settings.database_url))
    is_new = file is not None and not file.exists()
    container.stores().require_schema()
    if is_new:
        click.echo(f"There was no {file}; it is new, and without orders.", err=True)
    return container


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for one on a server."""
    return Path(str(url.database)).resolve() if url.get_backend_name() == "sqlite" else None
