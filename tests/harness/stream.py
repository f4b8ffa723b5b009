"""A steady stream of POSTs that records each answer and how long it took."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPException
from typing import NamedTuple
from uuid import uuid4

from tests.harness.builders import order_body
from tests.harness.client import Client
from tests.harness.service import Service
from tests.harness.waits import LIMIT_SECONDS, wait_until

THREADS = 8
NO_ANSWER = 0


class Span(NamedTuple):
    """From one moment to another, in monotonic seconds."""

    began: float
    ended: float


class Answer(NamedTuple):
    """The outcome of one POST."""

    due: float  # monotonic seconds
    seconds: float  # since it was due, so waiting behind a slow one counts
    status: int


def _create(client: Client, order_id: str) -> int:
    try:
        return client.send("POST", "/orders/", order_body(order_id))[0]
    except (OSError, HTTPException):
        return NO_ANSWER


class Stream:
    """Creates `per_second` orders, on schedule, whatever becomes of the earlier ones."""

    def __init__(self, service: Service, per_second: float) -> None:
        self.acknowledged: set[str] = set()
        self.answers: list[Answer] = []
        self._port = service.port
        self._per_second = per_second
        self._name = uuid4().hex[:8]
        self._began = time.monotonic()
        self._ends = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(THREADS)]
        for thread in self._threads:
            thread.start()

    def span(self, seconds: float) -> Span:
        """Let it run for `seconds`; returns that span."""
        began = time.monotonic()
        time.sleep(seconds)
        return Span(began, time.monotonic())

    def wait_for(self, orders: int) -> None:
        """Wait until `orders` more are acknowledged."""
        goal = len(self.acknowledged) + orders
        wait_until(lambda: len(self.acknowledged) >= goal)

    def end(self) -> None:
        """Create no more; returns when the last one is answered."""
        self._ends.set()
        for thread in self._threads:
            thread.join(LIMIT_SECONDS)

    def statuses(self) -> set[int]:
        """All statuses so far; NO_ANSWER where none came."""
        return {answer.status for answer in self.answers}

    def waits(self, span: Span) -> list[float]:
        """The seconds of each POST that was due in that span. Call it after the span has ended."""
        return [one.seconds for one in self.answers if span.began <= one.due < span.ended]

    def _run(self, first: int) -> None:
        client = Client(self._port)
        number = first
        due = self._began + number / self._per_second
        while not self._ends.wait(max(0, due - time.monotonic())):
            order_id = f"{self._name}-{number}"
            status = _create(client, order_id)
            self.answers.append(Answer(due, time.monotonic() - due, status))
            if status == HTTPStatus.CREATED:
                self.acknowledged.add(order_id)
            number += THREADS
            due = self._began + number / self._per_second
        client.close()


@contextmanager
def creations(service: Service, per_second: float = 40) -> Iterator[Stream]:
    """A stream that ends with the block."""
    stream = Stream(service, per_second)
    try:
        yield stream
    finally:
        stream.end()
