"""Reads a .env file, and refuses a line that it cannot read instead of skipping it."""

from io import StringIO
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream


class BrokenDotenv(Exception):
    """The message names the file, the line and what is allowed, and repeats no secret."""


def read_dotenv(path: str) -> dict[str, str]:
    """What the file sets; nothing when there is none. Raises BrokenDotenv."""
    file = Path(path)
    if not (file.is_file() or file.is_fifo()):
        return {}
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise BrokenDotenv(f"{path} cannot be read: {error}") from error
    for line in parse_stream(StringIO(text)):  # dotenv itself would only log what is broken
        if line.error or (line.key is not None and line.value is None):
            statement = line.original.string  # with the blank lines before it
            blank = statement[: -len(statement.lstrip())].count("\n")
            raise BrokenDotenv(
                f"{path}, line {line.original.line + blank} is not valid;"
                " allowed: NAME=VALUE, with quotes closed, or # and a comment"
            )
    values = dotenv_values(stream=StringIO(text))
    return {name: value for name, value in values.items() if value is not None}
