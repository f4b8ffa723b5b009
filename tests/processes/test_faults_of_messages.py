"""Brokers that lose every message, or deliver each five times in any order; nothing is lost."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kombu import Connection
from kombu.simple import SimpleQueue
from sqlalchemy import URL

from adapters.celery.app import to_hints
from tests.harness.brokers import new_queue
from tests.harness.contents import check_that_nothing_is_lost, query
from tests.harness.deployment import deployment
from tests.harness.stream import creations

DROPPED_SECONDS = 8  # more than twice as long as a hint is waited for
SHUFFLED_SECONDS = 5
NEVER_AGAIN: dict[str, Any] = {"BROKER_VISIBILITY_SECONDS": 3_600}
COPIES = 5
AT_ONCE_SECONDS = 0.5  # messages that arrive within it are shuffled together


class Interceptor:
    """Takes every message of a queue, and counts their hints; `pass_on` decides what follows."""

    def __init__(self, url: str, queue: str) -> None:
        self.taken = 0  # hints
        self._url = url
        self._queue = queue
        self._stops = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stops.set()
        self._thread.join()

    def pass_on(self, messages: list[Any], connection: Connection) -> None:
        """Nothing: they are lost."""

    def _run(self) -> None:
        with Connection(self._url) as connection:
            queue = connection.SimpleQueue(self._queue, no_ack=True, queue_opts={"durable": True})
            while not self._stops.is_set():
                arrived = list(self._come_in(queue))
                self.taken += sum(len(to_hints(message.payload[0])) for message in arrived)
                self.pass_on(arrived, connection)
            queue.close()

    def _come_in(self, queue: SimpleQueue) -> Iterator[Any]:
        ends = time.monotonic() + AT_ONCE_SECONDS
        while (left := ends - time.monotonic()) > 0:
            try:
                yield queue.get(timeout=left)
            except queue.Empty:
                return


class Shuffler(Interceptor):
    """Passes each message on to another queue, five times."""

    def __init__(self, url: str, queue: str, target: str) -> None:
        super().__init__(url, queue)
        self._target = target

    def pass_on(self, messages: list[Any], connection: Connection) -> None:
        copies = messages * COPIES
        random.shuffle(copies)
        with connection.Producer() as producer:
            for message in copies:
                producer.publish(
                    message.body,
                    exchange=self._target,
                    routing_key=self._target,
                    headers=message.headers,
                    content_type=message.content_type,
                    content_encoding=message.content_encoding,
                    **{name: message.properties[name] for name in ("correlation_id", "reply_to")},
                )


@contextmanager
def intercepting(interceptor: Interceptor) -> Iterator[Interceptor]:
    interceptor.start()
    try:
        yield interceptor
    finally:
        interceptor.stop()


def test_every_message_is_dropped_for_a_while_and_then_none(database: URL, tmp_path: Path) -> None:
    with (
        new_queue("redis") as (url, queue),
        deployment(tmp_path, database, url, queue) as deployed,
    ):
        api = deployed.start_api()
        with intercepting(Interceptor(url, queue)) as thief, creations(api) as stream:
            stream.span(DROPPED_SECONDS)
        deployed.start_worker()
        deployed.wait_until_all_are_completed()

    assert thief.taken >= len(stream.acknowledged)
    assert stream.statuses() == {201}
    assert check_that_nothing_is_lost(database, stream.acknowledged) == len(stream.answers)


def test_every_message_comes_five_times_and_shuffled(database: URL, tmp_path: Path) -> None:
    with (
        new_queue("redis") as (url, from_api),
        new_queue("redis") as (_, to_workers),
        deployment(tmp_path, database, url, to_workers, **NEVER_AGAIN) as deployed,
    ):
        deployed.start_worker()
        deployed.start_worker()
        api = deployed.start_api(BROKER_QUEUE=from_api)
        with intercepting(Shuffler(url, from_api, to_workers)) as shuffler:
            with creations(api) as stream:
                stream.span(SHUFFLED_SECONDS)
            deployed.wait_until_all_are_completed()

    assert shuffler.taken > 0.9 * len(stream.answers)  # a worker dispatched the rest itself
    assert stream.statuses() == {201}
    assert check_that_nothing_is_lost(database, stream.acknowledged) == len(stream.answers)
    assert query(database, "SELECT DISTINCT attempt, failures, crashes FROM orders") == [(1, 0, 0)]
