"""Clock of the database server, so that hosts whose own clocks differ agree on every lease."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from application.ports import Clock, RepositoryUnavailable

log = logging.getLogger(__name__)

ASK_AGAIN_SECONDS = 10.0  # in between, this machine's monotonic clock goes on
TRY_AGAIN_SECONDS = 1.0  # after a question that was not answered


class DatabaseClock:
    """Asks now and then; until the first answer it tells this machine's time.

    `ask` returns the server's time and may raise anything. One thread asks, the others go on with
    what is known, so that a database that is away costs no time.
    """

    def __init__(self, ask: Callable[[], datetime], machine: Clock) -> None:
        self._ask = ask
        self._machine = machine
        self._asking = threading.Lock()
        self._ask_again_at = machine.monotonic()
        self._known: tuple[datetime, float] | None = None  # the server's time, and ours by then

    def now(self) -> datetime:
        if self._machine.monotonic() >= self._ask_again_at and self._asking.acquire(blocking=False):
            try:
                self._find_out()
            except Exception as error:  # the repository reports a database that is away
                log.debug("the database does not tell the time: %s", error)
                self._ask_again_at = self._machine.monotonic() + TRY_AGAIN_SECONDS
            finally:
                self._asking.release()
        if self._known is None:
            return self._machine.now()
        then, at = self._known
        return then + timedelta(seconds=self._machine.monotonic() - at)

    def monotonic(self) -> float:
        return self._machine.monotonic()

    def sync(self) -> None:
        with self._asking:
            try:
                self._find_out()
            except Exception as error:
                raise RepositoryUnavailable(
                    f"the database does not tell the time: {error}"
                ) from error

    def sleep(self, seconds: float) -> None:
        self._machine.sleep(seconds)

    def _find_out(self) -> None:
        asked_at = self._machine.monotonic()
        told = self._ask()
        answered_at = self._machine.monotonic()
        self._known = told, (asked_at + answered_at) / 2  # it was told on half the way
        self._ask_again_at = answered_at + ASK_AGAIN_SECONDS
