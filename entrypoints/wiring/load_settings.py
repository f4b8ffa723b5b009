"""Reads the settings, from the environment or a .env file, and checks that they fit together."""

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from entrypoints.wiring.declaration import PREFIX, Declaration, declarations, variable
from entrypoints.wiring.dotenv_file import BrokenDotenv, read_dotenv
from entrypoints.wiring.setting_fields import BROKERS, without_password
from entrypoints.wiring.settings import Settings, SettingsError


def load_settings(environment: Mapping[str, str], dotenv_path: str = ".env") -> Settings:
    """From the environment, else a .env file if there is one, else the defaults.

    Names that do not begin with ORDERS_ are ignored. Raises SettingsError for an ORDERS_ name that
    is not a setting, a value that is wrong or does not fit another, and a file that cannot be read.
    """
    try:
        from_file = read_dotenv(dotenv_path)
    except BrokenDotenv as error:
        raise SettingsError(str(error)) from error
    given = {
        name.removeprefix(PREFIX).lower(): value
        for name, value in (from_file | dict(environment)).items()
        if name.startswith(PREFIX)
    }
    declared = declarations(Settings)
    for name in given:
        if name not in declared:
            raise SettingsError(
                f"{variable(name)} is not a setting; the settings are: "
                + ", ".join(map(variable, declared))
            )
    settings = Settings(
        **{
            name: _read(name, given[name], declaration)
            for name, declaration in declared.items()
            if name in given
        }
    )
    _check_that_they_fit(settings)
    return settings


def _read(name: str, text: str, declaration: Declaration) -> Any:
    try:
        return declaration.field.deserialize(text)
    except ValidationError as error:
        raise SettingsError(
            f"{variable(name)}={declaration.shown(text)!r} is not valid;"
            f" allowed: {declaration.allowed}"
        ) from error


def _check_that_they_fit(settings: Settings) -> None:
    database = f"ORDERS_DATABASE_URL={without_password(settings.database_url)}"
    if settings.is_in_memory and settings.server_workers > 1:
        raise SettingsError(
            f"ORDERS_SERVER_WORKERS={settings.server_workers} cannot work with {database}: the"
            " processes would share nothing; allowed: 1"
        )
    if settings.sweep_seconds > settings.heartbeat_seconds:
        raise SettingsError(
            f"ORDERS_SWEEP_SECONDS={settings.sweep_seconds:g} cannot work with"
            f" ORDERS_LEASE_SECONDS={settings.lease_seconds:g}: at least three sweeps must fit"
            f" into a lease; allowed: up to {settings.heartbeat_seconds:g}"
        )
    if settings.queue == "celery" and not settings.is_on_a_server:
        raise SettingsError(
            f"ORDERS_QUEUE=celery cannot work with {database}, which workers on other machines"
            " do not see; set ORDERS_DATABASE_URL=postgresql+psycopg://USER@HOST/DATABASE"
        )
    if settings.processor == "http" and not settings.fulfilment_url:
        raise SettingsError(
            "ORDERS_PROCESSOR=http needs ORDERS_FULFILMENT_URL, like https://HOST/orders"
        )
    if settings.processor == "http" and not settings.fulfilment_secret:
        raise SettingsError(
            "ORDERS_PROCESSOR=http needs ORDERS_FULFILMENT_SECRET, to sign with; make one with:"
            " echo whsec_$(openssl rand -base64 32)"
        )
    if settings.queue == "celery" and not settings.broker_url:
        raise SettingsError(f"ORDERS_QUEUE=celery needs ORDERS_BROKER_URL, like {BROKERS}")
