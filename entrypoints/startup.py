"""From the environment to a running application or worker."""

import logging
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask

from entrypoints.http.app import create_http_app
from entrypoints.serving.after_fork import LifecycleAfterFork
from entrypoints.wiring.brokers import check_broker
from entrypoints.wiring.container import Container
from entrypoints.wiring.declaration import variable
from entrypoints.wiring.load_settings import load_settings
from entrypoints.wiring.log_lines import configure_logging
from entrypoints.wiring.settings import StartError

if TYPE_CHECKING:
    from entrypoints.worker.worker import CeleryWorker


def build_container(**options: str | None) -> Container:
    """A container, with logging set up; options override the environment. Raises SettingsError."""
    configure_logging(logging.INFO)
    for chatty in ("alembic", "celery.app.trace", "celery.worker.strategy"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    given = {variable(name): value for name, value in options.items() if value is not None}
    os.environ.update(given)  # for the processes that are forked from this one, too
    return Container(settings=load_settings(os.environ))


def run_start_checks(container: Container) -> None:
    """Find before serving what can be wrong: processor, schema, lease. Raises StartError.

    Imports the user's module, migrates an embedded database, and stores the lease if the database
    has none. Blocks while the database does.
    """
    container.workers()  # now, not at the first order
    container.stores().require_schema()
    container.stores().agree_on_lease(container.settings().lease)


def start_app(
    on_started: Callable[[], None] = lambda: None,
) -> tuple[Flask, Callable[[], bool]]:
    """The application, and a function that drains its lifecycle (Lifecycle.drain), for our server.

    The lifecycle starts half a second later, in a thread that then calls `on_started`. Registers
    fork hooks, and a SIGTERM handler where there is none. Exits with code 2 and one line on
    standard error when a setting or the database is wrong.
    """
    try:
        container = build_container()
        run_start_checks(container)
    except StartError as error:
        sys.stderr.write(f"cannot start: {error}\n")
        raise SystemExit(2) from error
    LifecycleAfterFork(container, on_started).start_soon()
    return create_http_app(container), lambda: container.lifecycle().drain()


def build_worker() -> "CeleryWorker":
    """A worker that has passed the start checks and has not started yet. Raises StartError."""
    container = build_container()
    if container.settings().queue != "celery":
        raise StartError(
            "ORDERS_QUEUE=thread_pool processes orders in the API itself, without workers;"
            " set ORDERS_QUEUE=celery and ORDERS_BROKER_URL"
        )
    app = container.celery_app()  # raises when Celery is not installed
    from entrypoints.worker.worker import CeleryWorker  # noqa: PLC0415  # needs Celery

    run_start_checks(container)
    check_broker(app, container.settings().broker_url, container.settings().broker_queue)
    return CeleryWorker(container)
