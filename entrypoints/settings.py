"""Every setting: its name, its default, and what it may be."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from entrypoints.dotenv_file import BrokenDotenv, read_dotenv
from entrypoints.setting_fields import (
    MEMORY_URL,
    BrokerUrl,
    DatabaseUrl,
    SecondsRange,
    without_password,
)

__all__ = ["MEMORY_URL", "Settings", "SettingsError", "StartError", "load_settings"]

PREFIX = "ORDERS_"


class StartError(Exception):
    """The service cannot start; the message is one line that says why and what to do."""


class SettingsError(StartError):
    """A setting is wrong; the message names it, its value and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings as the container reads them."""

    host: str
    port: int
    database_url: str
    queue: str
    broker_url: str
    broker_queue: str
    broker_visibility_seconds: float
    processor: str
    processing_seconds: tuple[float, float]
    max_workers: int
    max_attempts: int
    max_crashes: int
    lease_seconds: float
    sweep_seconds: float
    drain_seconds: float
    stalled_seconds: float
    server_workers: int
    server_threads: int

    @property
    def database(self) -> str:
        """Which kind of it: memory, sqlite, or server."""
        if self.database_url == MEMORY_URL:
            return "memory"
        return "sqlite" if self.database_url.startswith("sqlite") else "server"

    @property
    def processor_kind(self) -> str:
        """Which of the processors: simulated, or function."""
        return "function" if ":" in self.processor else "simulated"

    @property
    def lease(self) -> timedelta:
        """How long a silent worker keeps an order."""
        return timedelta(seconds=self.lease_seconds)

    @property
    def broker_visibility(self) -> timedelta:
        """How long an order that was handed to a broker is left alone by others."""
        return timedelta(seconds=self.broker_visibility_seconds)

    @property
    def heartbeat_seconds(self) -> float:
        """How often a lease is renewed: two beats may be lost."""
        return self.lease_seconds / 3

    @property
    def sweep(self) -> timedelta:
        """How often due orders are looked for."""
        return timedelta(seconds=self.sweep_seconds)

    @property
    def stalled(self) -> timedelta:
        """How long work on one order may take without a remark."""
        return timedelta(seconds=self.stalled_seconds)

    @property
    def drain(self) -> timedelta:
        """How long a stop waits for running orders."""
        return timedelta(seconds=self.drain_seconds)


def _setting(field: type[fields.Field[Any]], default: str, allowed: str, **rules: Any) -> Any:
    return field(load_default=default, metadata={"allowed": allowed}, **rules)


def _between(low: float, high: float) -> dict[str, Any]:
    return {"validate": validate.Range(low, high)}


class _SettingsSchema(Schema):
    """One line for each setting; the help text and the README's table say the same."""

    class Meta:
        unknown = EXCLUDE

    host = _setting(fields.String, "127.0.0.1", "an address", validate=validate.Length(1))
    port = _setting(fields.Integer, "5000", "a port, 1 to 65535", **_between(1, 65_535))
    database_url = _setting(
        DatabaseUrl,
        "sqlite:///orders.db",
        "sqlite:///FILE, postgresql+psycopg://USER@HOST/DATABASE, mysql+pymysql://USER@HOST/DATABASE,"
        " or memory:// to keep nothing",
    )
    queue = _setting(
        fields.String,
        "thread_pool",
        "thread_pool, or celery",
        validate=validate.OneOf(["thread_pool", "celery"]),
    )
    broker_url = _setting(
        BrokerUrl, "", "amqp://USER:PASSWORD@HOST:5672// or redis://HOST:6379/0, for celery"
    )
    broker_queue = _setting(
        fields.String,
        "orders",
        "1 to 100 of A-Z a-z 0-9 . _ -",
        validate=validate.Regexp(r"[\w.-]{1,100}\Z", flags=re.ASCII),
    )
    broker_visibility_seconds = _setting(
        fields.Float, "60", "seconds, 1 to 3600", **_between(1, 3_600)
    )
    processor = _setting(
        fields.String,
        "simulated",
        "simulated, or package.module:function",
        validate=validate.Regexp(r"simulated\Z|[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z"),
    )
    processing_seconds = _setting(
        SecondsRange, "3-7", "a range of seconds like 3-7, or one number, up to a day"
    )
    max_workers = _setting(fields.Integer, "100", "1 to 1000", **_between(1, 1_000))
    max_attempts = _setting(fields.Integer, "5", "1 to 1000", **_between(1, 1_000))
    max_crashes = _setting(fields.Integer, "20", "1 to 1000", **_between(1, 1_000))
    lease_seconds = _setting(fields.Float, "15", "seconds, 1 to 3600", **_between(1, 3_600))
    sweep_seconds = _setting(fields.Float, "1", "seconds, 0.05 to 60", **_between(0.05, 60))
    drain_seconds = _setting(fields.Float, "8", "seconds, 0 to 3600", **_between(0, 3_600))
    stalled_seconds = _setting(fields.Float, "300", "seconds, 1 to 86400", **_between(1, 86_400))
    server_workers = _setting(fields.Integer, "1", "1 to 64", **_between(1, 64))
    server_threads = _setting(fields.Integer, "32", "1 to 512", **_between(1, 512))


def load_settings(environment: Mapping[str, str], dotenv_path: str = ".env") -> Settings:
    """From the environment, else a .env file, else the defaults; raises SettingsError."""
    try:
        from_file = read_dotenv(dotenv_path)
    except BrokenDotenv as error:
        raise SettingsError(str(error)) from error
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in (from_file | dict(environment)).items()
        if name.startswith(PREFIX)
    }
    schema = _SettingsSchema()
    for name in given:
        if name not in schema.fields:
            raise SettingsError(
                f"{PREFIX}{name.upper()} is no setting; the settings are: "
                + ", ".join(PREFIX + known.upper() for known in schema.fields)
            )
    defaults = {name: str(field.load_default) for name, field in schema.fields.items()}
    try:
        settings = Settings(**schema.load(defaults | given))
    except ValidationError as error:
        name = next(iter(error.messages_dict))
        allowed = schema.fields[name].metadata["allowed"]
        raise SettingsError(
            f"{PREFIX}{name.upper()}={without_password(given[name])!r} is not valid;"
            f" allowed: {allowed}"
        ) from error
    _check_that_they_fit(settings)
    return settings


def _check_that_they_fit(settings: Settings) -> None:
    database = f"{PREFIX}DATABASE_URL={without_password(settings.database_url)}"
    if settings.database == "memory" and settings.server_workers > 1:
        raise SettingsError(
            f"{PREFIX}SERVER_WORKERS={settings.server_workers} cannot work with {database}: the"
            " processes would share nothing; allowed: 1"
        )
    if settings.sweep_seconds > settings.heartbeat_seconds:
        raise SettingsError(
            f"{PREFIX}SWEEP_SECONDS={settings.sweep_seconds:g} cannot work with"
            f" {PREFIX}LEASE_SECONDS={settings.lease_seconds:g}, which three sweeps must fit into;"
            f" allowed: up to {settings.heartbeat_seconds:g}"
        )
    if settings.queue == "celery" and settings.database != "server":
        raise SettingsError(
            f"{PREFIX}QUEUE=celery cannot work with {database}, which workers on other machines"
            f" do not see; set {PREFIX}DATABASE_URL=postgresql+psycopg://USER@HOST/DATABASE"
        )
    if settings.queue == "celery" and not settings.broker_url:
        raise SettingsError(
            f"{PREFIX}QUEUE=celery needs {PREFIX}BROKER_URL, like"
            " amqp://USER:PASSWORD@HOST:5672// or redis://HOST:6379/0"
        )
