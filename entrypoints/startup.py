"""From the environment to the application that a server runs."""

import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask

from entrypoints.http.app import create_http_app
from entrypoints.lifecycle.forks import LifecycleAfterFork
from entrypoints.wiring.brokers import check_broker
from entrypoints.wiring.container import Container
from entrypoints.wiring.load_settings import load_settings
from entrypoints.wiring.log_lines import write_log_lines
from entrypoints.wiring.settings import StartError, variable

if TYPE_CHECKING:
    from entrypoints.worker.worker import CeleryWorker


def build_container(**options: str | None) -> Container:
    """From the options given, the environment and a .env file; raises SettingsError."""
    write_log_lines(logging.INFO)
    for chatty in ("alembic", "celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    given = {variable(name): value for name, value in options.items() if value is not None}
    return Container(settings=load_settings(os.environ | given))


def run_start_checks(container: Container) -> None:
    """Whatever can go wrong before serving goes wrong here; raises StartError."""
    container.processor()  # the user's own code is looked for now, not at the first order
    container.stores().require_schema()
    container.stores().agree_on_lease(container.settings().lease)


def start_app(
    on_started: Callable[[], None] = lambda: None,
) -> tuple[Flask, Callable[[], bool]]:
    """The application, and the drain of its lifecycle, for a server that stops it.

    Exits with one line on standard error when a setting or the database is wrong.
    """
    try:
        container = build_container()
        run_start_checks(container)
    except StartError as error:
        sys.stderr.write(f"cannot start: {error}\n")
        raise SystemExit(2) from error
    LifecycleAfterFork(container, on_started).arm()
    return create_http_app(container), lambda: container.lifecycle().drain()


def build_worker() -> "CeleryWorker":
    """A worker, ready to run; raises StartError."""
    container = build_container()
    if container.settings().queue != "celery":
        raise StartError(
            "ORDERS_QUEUE=thread_pool has no workers of its own; set ORDERS_QUEUE=celery and"
            " ORDERS_BROKER_URL"
        )
    app = container.celery_app()  # raises when Celery is not installed
    from entrypoints.worker.worker import CeleryWorker  # noqa: PLC0415  # needs it

    run_start_checks(container)
    check_broker(app, container.settings().broker_url, container.settings().broker_queue)
    return CeleryWorker(container)
