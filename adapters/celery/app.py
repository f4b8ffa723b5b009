"""The Celery application: one task, on one queue of RabbitMQ or Redis, and how to publish to it.

The database owns attempts, delays and results, so Celery's own are off: a message is acknowledged
as its work begins, and may be lost or repeated. Every wait for the broker has a limit.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import amqp.exceptions as amqp
import redis.exceptions as redis
from celery import Celery
from kombu import Connection, Queue

from application.processing.follow_hints import Hint

TASK = "orders.process"
ANSWER_SECONDS = 1.0  # for the broker's answer to a publisher
CONNECT_SECONDS = 2.0
HEALTH_CHECK_SECONDS = 5  # how often a worker's silent connection is tested

# For publishing and measuring. Without these limits a silent broker blocks a publisher for ever;
# publisher confirms alone are not enough, because the confirmation may not come either.
_PUBLISHER = {
    "amqp": {
        "confirm_publish": True,
        "read_timeout": ANSWER_SECONDS,
        "write_timeout": ANSWER_SECONDS,
    },
    "redis": {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": CONNECT_SECONDS},
}
_WORKER = {
    "amqp": {},
    "redis": {
        "socket_timeout": 4 * ANSWER_SECONDS,  # longer than a blocking pop waits
        "socket_connect_timeout": CONNECT_SECONDS,
        "health_check_interval": HEALTH_CHECK_SECONDS,
    },
}


def celery_app(broker_url: str, queue: str) -> Celery:
    """The application of workers and of publishers; nothing connects yet."""
    app = Celery("orders", broker=broker_url, set_as_current=False)
    app.conf.update(
        task_default_queue=queue,
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=False,
        task_publish_retry=False,
        task_default_delivery_mode="transient",  # a lost hint's order is dispatched again
        broker_transport_options=_WORKER[_kind(broker_url)],
        broker_heartbeat=2 * HEALTH_CHECK_SECONDS,
        broker_connection_timeout=CONNECT_SECONDS,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        # So that two workers of one name, an old and a new one, may overlap.
        control_queue_exclusive=False,
        control_queue_durable=True,
        worker_pool="threads",
        worker_prefetch_multiplier=1,
        # Otherwise a pool thread restores it after a reconnect, on a socket that another one reads.
        worker_enable_prefetch_count_reduction=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,
    )
    return app


class BrokerRefused(Exception):
    """The broker answers, but refuses us: password, virtual host, or a queue declared otherwise."""


_REFUSALS = (
    amqp.IrrecoverableConnectionError,
    amqp.IrrecoverableChannelError,
    redis.AuthenticationError,
    redis.ResponseError,
    ValueError,  # a redis:// URL whose database is not a number
)


class CeleryBroker:
    """A Broker by way of the application's own connections and messages."""

    def __init__(self, app: Celery) -> None:
        self._app = app

    @contextmanager
    def connect(self) -> Iterator["CelerySession"]:
        """Raises within a few seconds when the broker is away; BrokerRefused if it refuses us."""
        url = self._app.conf.broker_url
        options = _PUBLISHER[_kind(url)]
        connection = self._app.connection_for_write().clone(
            transport_options=options, connect_timeout=CONNECT_SECONDS
        )
        try:
            try:
                connection.connect()
                session = CelerySession(self._app, connection)
            except _REFUSALS as error:
                raise BrokerRefused(str(error).partition("\n")[0]) from error
            yield session
        finally:
            connection.collect(ANSWER_SECONDS)  # closes it without waiting for the broker's answer


class CelerySession:
    """Declares the queue when made. Not thread-safe.

    Every call ends within a few seconds, and raises what kombu and its transports raise.
    """

    def __init__(self, app: Celery, connection: Connection) -> None:
        self._app = app
        channel = connection.channel()
        queue: Queue = app.amqp.queues[app.conf.task_default_queue]
        self._queue: Any = queue.bind(channel)
        self._queue.declare()
        self._producer: Any = app.amqp.Producer(channel, auto_declare=False)

    def publish(self, hints: Sequence[Hint]) -> None:
        self._app.send_task(TASK, to_arguments(hints), producer=self._producer, retry=False)

    def waiting(self) -> int:
        return int(self._queue.queue_declare().message_count)


def to_arguments(hints: Sequence[Hint]) -> list[str | int]:
    """The task's arguments: id and attempt of each hint. One hint is as older versions sent it."""
    return [value for hint in hints for value in hint]


def to_hints(arguments: Sequence[Any]) -> list[Hint]:
    """The hints in the task's arguments. Raises ValueError for what is not a message of ours."""
    hints = [Hint(*pair) for pair in zip(arguments[::2], arguments[1::2], strict=True)]
    if not all(isinstance(one.order_id, str) and isinstance(one.attempt, int) for one in hints):
        raise ValueError("an id or an attempt is of the wrong type")
    return hints


def _kind(broker_url: str) -> str:
    return "redis" if broker_url.startswith("redis") else "amqp"
