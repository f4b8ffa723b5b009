"""Which format a file of orders has: by its name, unless an option says so."""

from collections.abc import Callable, Mapping
from pathlib import Path

import click

from entrypoints.cli.files.csv_file import CsvFile
from entrypoints.cli.files.ndjson_file import NdjsonFile
from entrypoints.cli.files.order_file import OrderFile
from entrypoints.wiring.settings import StartError

FORMATS: Mapping[str, Callable[[], OrderFile]] = {"csv": CsvFile, "ndjson": NdjsonFile}
REJECTS = ".rejects"  # behind the name of the file that they come from
STANDARD = "-"  # the standard input or output

format_option = click.option(
    "--format",
    "format_name",
    type=click.Choice(list(FORMATS)),
    help="The file's format, where its name does not end in .csv or .ndjson.",
)


def format_of(path: str, format_name: str | None) -> OrderFile:
    """The format of that file. Raises StartError when neither name nor option says it."""
    while path.endswith(REJECTS):
        path = path.removesuffix(REJECTS)
    name = format_name or Path(path).suffix.removeprefix(".").lower()
    if name not in FORMATS:
        raise StartError(
            f"{path!r} does not end in .csv or .ndjson; add --format csv or --format ndjson"
        )
    return FORMATS[name]()
