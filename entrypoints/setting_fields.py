"""What settings are made of, beyond plain text and numbers."""

import re
from typing import Any
from urllib.parse import urlsplit

from marshmallow import fields
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MEMORY_URL = "memory://"
SERVER_DRIVERS = {"postgresql+psycopg", "mysql+pymysql", "mariadb+pymysql"}
BROKER_SCHEMES = {"amqp", "amqps", "redis", "rediss"}
DAY_SECONDS = 86_400


class DatabaseUrl(fields.String):
    """A file, a database on a server, or memory."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        url: str = super()._deserialize(value, *args, **kwargs)
        if url == MEMORY_URL:
            return url
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
            raise self.make_error("invalid") from error
        if parsed.drivername in SERVER_DRIVERS:
            # A password among the options would be shown with them.
            if not parsed.database or {"password", "sslpassword"} & set(parsed.query):
                raise self.make_error("invalid")
        elif parsed.drivername != "sqlite" or _is_no_file(parsed.database):
            raise self.make_error("invalid")
        return url


def _is_no_file(database: str | None) -> bool:
    return (database or ":memory:").startswith(("file:", ":memory:"))


class BrokerUrl(fields.String):
    """RabbitMQ or Redis; empty for none."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        url: str = super()._deserialize(value, *args, **kwargs)
        try:
            parts = urlsplit(url)
            is_broker = parts.scheme in BROKER_SCHEMES and bool(parts.hostname)
            _ = parts.port  # which is parsed now
        except ValueError as error:
            raise self.make_error("invalid") from error
        if url and not is_broker:
            raise self.make_error("invalid")
        return url


class SecondsRange(fields.Field[tuple[float, float]]):
    """Like 3-7; 2 alone is 2-2."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> tuple[float, float]:
        first, _, last = str(value).partition("-")
        try:
            shortest, longest = float(first), float(last or first)
        except ValueError as error:
            raise self.make_error("validator_failed") from error
        if not 0 <= shortest <= longest <= DAY_SECONDS:
            raise self.make_error("validator_failed")
        return shortest, longest


def without_password(text: str) -> str:
    """A URL, or what was meant to be one, as it may be shown."""
    text = re.sub(r"(://[^/@]*:)[^/]*@", r"\1***@", text)
    return re.sub(r"(password=)[^&]*", r"\1***", text)
