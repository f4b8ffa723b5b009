"""`copy`: opens two databases, copies one to the other, and shows the progress."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click
from marshmallow import ValidationError
from sqlalchemy import URL, Engine

from adapters.sql.copying.copy import CopyFailed, DatabaseCopy
from entrypoints.cli.interrupt import Interrupt, exit_interrupted
from entrypoints.cli.stored import sqlite_file
from entrypoints.wiring.setting_fields import (
    MEMORY_URL,
    STORED_DATABASES,
    DatabaseUrl,
    without_password,
)
from entrypoints.wiring.settings import StartError
from entrypoints.wiring.stores import open_engine


@click.command()
@click.option("--from", "source_url", required=True, metavar="URL", help="The database to read.")
@click.option("--to", "target_url", required=True, metavar="URL", help="An empty one, to fill.")
def copy(source_url: str, target_url: str) -> None:
    """Copy all orders, with their history, into another database, and verify the copy.

    Stop the services on both first. The source stays as it is; the target is migrated, and no
    service starts on it until the copy is verified. Ctrl-C, or any failure, leaves a copy that the
    same command finishes.
    """
    interrupt = Interrupt()
    with _opened("--from", source_url) as source, _opened("--to", target_url) as target:
        _require_two_databases(source.url, target.url)
        try:
            _copy_and_verify(DatabaseCopy(source, target), interrupt)
        except CopyFailed as error:
            raise StartError(str(error)) from error
        except KeyboardInterrupt:
            exit_interrupted("the same command resumes it.")
        click.echo(f"Now start the service on {target.url!r}, and no longer on {source.url!r}.")


def _copy_and_verify(databases: DatabaseCopy, interrupt: Interrupt) -> None:
    begun = databases.begin()
    if begun.in_target:
        click.echo(
            f"Resuming: {begun.in_target:,} of {begun.in_source:,} orders are there already."
        )
    started = time.monotonic()
    with _bar("Copying orders", begun.in_source, interrupt) as advance:
        rows = databases.copy(advance)
    copied = time.monotonic()
    with _bar("Verifying rows", 2 * rows, interrupt) as advance:  # in both databases
        fingerprints = databases.verify(advance)
    ended = time.monotonic()
    for name, fingerprint in fingerprints.items():
        click.echo(f"{name}: {fingerprint} on both sides")
    orders, seconds = begun.in_source - begun.in_target, copied - started
    click.echo(
        f"{orders:,} orders copied in {seconds:.1f} s ({orders / seconds:,.0f} orders/s),"
        f" all {begun.in_source:,} verified in {ended - copied:.1f} s."
    )


@contextmanager
def _bar(label: str, length: int, interrupt: Interrupt) -> Iterator[Callable[[int], None]]:
    with click.progressbar(length=length, label=label) as bar:

        def advance(count: int) -> None:
            bar.update(count)
            interrupt.check()

        yield advance


@contextmanager
def _opened(option: str, url: str) -> Iterator[Engine]:
    """The engine of the database that an option names; connects at first use."""
    if not _is_stored(url):
        raise StartError(
            f"{option} {without_password(url)!r} is not valid; allowed: {STORED_DATABASES}"
        )
    engine = open_engine(url, given_as=f"{option} ")
    try:
        yield engine
    finally:
        engine.dispose()


def _is_stored(url: str) -> bool:
    try:
        return DatabaseUrl().deserialize(url) != MEMORY_URL
    except ValidationError:
        return False


def _require_two_databases(source: URL, target: URL) -> None:
    if _identity(source) == _identity(target):
        raise StartError("--from and --to are the same database")
    source_file = sqlite_file(source)
    if source_file is not None and not source_file.is_file():
        raise StartError(f"--from {source!r}: there is no such file")


def _identity(url: URL) -> object:
    return sqlite_file(url) or (url.get_backend_name(), url.host, url.port, url.database)
