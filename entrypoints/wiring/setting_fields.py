"""What a setting may be: how its text is read, and what the error says is allowed."""

import base64
import re
from typing import Any
from urllib.parse import urlsplit

from marshmallow import fields, validate
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MEMORY_URL = "memory://"
SERVER_DRIVERS = {"postgresql+psycopg", "mysql+pymysql", "mariadb+pymysql"}
STORED_DATABASES = (
    "sqlite:///FILE, postgresql+psycopg://USER@HOST/DATABASE, mysql+pymysql://USER@HOST/DATABASE"
)
BROKER_SCHEMES = {"amqp", "amqps", "redis", "rediss"}
BROKERS = "amqp://USER:PASSWORD@HOST:5672// or redis://HOST:6379/0"
DAY_SECONDS = 86_400
KEY_BYTES = range(24, 65)  # as Standard Webhooks says


def address() -> fields.String:
    """Any text but an empty one."""
    return fields.String(validate=validate.Length(1), metadata={"allowed": "an address"})


def one_of(*words: str) -> fields.String:
    """One of a few words."""
    return fields.String(validate=validate.OneOf(words), metadata={"allowed": ", or ".join(words)})


def like(pattern: re.Pattern[str], allowed: str) -> fields.String:
    """Text that the pattern matches from its beginning on; `allowed` says so in words."""
    return fields.String(validate=validate.Regexp(pattern), metadata={"allowed": allowed})


def whole_number(low: int, high: int, prefix: str = "") -> fields.Integer:
    """From low to high, both included; `prefix` goes before them in the error."""
    allowed = f"{prefix}{low} to {high}"
    return fields.Integer(validate=validate.Range(low, high), metadata={"allowed": allowed})


def seconds(low: float, high: float) -> fields.Float:
    """From low to high, both included; fractions too."""
    allowed = f"seconds, {low:g} to {high:g}"
    return fields.Float(validate=validate.Range(low, high), metadata={"allowed": allowed})


def portion() -> fields.Float:
    """From 0 to 1, both included."""
    return fields.Float(validate=validate.Range(0, 1), metadata={"allowed": "0 to 1"})


class DatabaseUrl(fields.String):
    """A file, a database on a server, or memory."""

    def __init__(self) -> None:
        super().__init__(
            metadata={"allowed": f"{STORED_DATABASES}, or {MEMORY_URL} to keep nothing"}
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        url: str = super()._deserialize(value, *args, **kwargs)
        if url == MEMORY_URL:
            return url
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError) as error:  # ValueError: a port that is not a number
            raise self.make_error("invalid") from error
        if parsed.drivername in SERVER_DRIVERS:
            # A password among the options would show in errors and logs.
            if not parsed.database or {"password", "sslpassword"} & set(parsed.query):
                raise self.make_error("invalid")
        elif parsed.drivername != "sqlite" or _is_no_file(parsed.database):
            raise self.make_error("invalid")
        return url


def _is_no_file(database: str | None) -> bool:
    return (database or ":memory:").startswith(("file:", ":memory:"))


class BrokerUrl(fields.String):
    """RabbitMQ or Redis; empty for none."""

    def __init__(self) -> None:
        super().__init__(metadata={"allowed": f"{BROKERS}, for celery"})

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        url: str = super()._deserialize(value, *args, **kwargs)
        try:
            parts = urlsplit(url)
            is_broker = parts.scheme in BROKER_SCHEMES and bool(parts.hostname)
            _ = parts.port  # raises ValueError when it is not a number
        except ValueError as error:
            raise self.make_error("invalid") from error
        if url and not is_broker:
            raise self.make_error("invalid")
        return url


class FulfilmentUrl(fields.String):
    """An HTTP address; empty for none."""

    def __init__(self) -> None:
        super().__init__(metadata={"allowed": "an address like https://HOST/orders"})

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        url: str = super()._deserialize(value, *args, **kwargs)
        try:
            parts = urlsplit(url)
            is_http = parts.scheme in {"http", "https"} and bool(parts.hostname)
            _ = parts.port  # raises ValueError when it is not a number
        except ValueError as error:
            raise self.make_error("invalid") from error
        if url and not is_http:
            raise self.make_error("invalid")
        return url


class SigningSecret(fields.String):
    """A key of Standard Webhooks; empty for none. Errors do not repeat it."""

    def __init__(self) -> None:
        super().__init__(
            metadata={"allowed": "whsec_ and the base64 of 24 to 64 random bytes", "secret": True}
        )

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        secret: str = super()._deserialize(value, *args, **kwargs)
        try:
            key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except ValueError as error:
            raise self.make_error("invalid") from error
        if secret and not (secret.startswith("whsec_") and len(key) in KEY_BYTES):
            raise self.make_error("invalid")
        return secret


class SecondsRange(fields.Field[tuple[float, float]]):
    """Like 3-7; 2 alone is 2-2."""

    def __init__(self) -> None:
        super().__init__(
            metadata={"allowed": "a range of seconds like 3-7, or one number, up to a day"}
        )

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
    """The text with any password in it masked; it need not be a valid URL."""
    text = re.sub(r"(://[^/@]*:)[^/]*@", r"\1***@", text)
    return re.sub(r"(password=)[^&]*", r"\1***", text)
