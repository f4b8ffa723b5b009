"""Clock of the database server, so that hosts whose own clocks differ agree on every lease."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from application.ports import Clock, RepositoryUnavailable


class DatabaseClock:
    """Asks whenever it is told to sync; until the first answer it gives this machine's time.

    `ask` returns the server's time and may raise anything. In between this machine's monotonic
    clock goes on, so that a request never waits for a database to give the time. Only the first
    reading asks by itself, for commands that sync nothing.
    """

    def __init__(self, ask: Callable[[], datetime], machine: Clock) -> None:
        self._ask = ask
        self._machine = machine
        self._asking = threading.Lock()
        self._was_read = False
        self._known: tuple[datetime, float] | None = None  # the server's time, and ours by then

    def now(self) -> datetime:
        if not self._was_read:
            self._was_read = True
            with suppress(RepositoryUnavailable):  # which the repository reports
                self.sync()
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
