"""Clock of the database server, so that hosts whose own clocks differ agree on every lease."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from application.ports import Clock, RepositoryUnavailable


class DatabaseClock:
    """Asks the server in `sync`; in between, this machine's monotonic clock counts on.

    `ask` returns the server's time, and may raise anything. The first `now` syncs too, for
    commands that never do, and may block as long as `ask`. Until the server has answered once,
    `now` gives this machine's time.
    """

    def __init__(self, ask: Callable[[], datetime], machine: Clock) -> None:
        self._ask = ask
        self._machine = machine
        self._asking = threading.Lock()
        self._was_read = False
        self._known: tuple[datetime, float] | None = (
            None  # the server's, and our monotonic one then
        )

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
                    f"the database's clock does not answer: {error}"
                ) from error

    def sleep(self, seconds: float) -> None:
        self._machine.sleep(seconds)

    async def wait(self, seconds: float) -> None:
        await self._machine.wait(seconds)

    def _find_out(self) -> None:
        asked_at = self._machine.monotonic()
        answer = self._ask()
        answered_at = self._machine.monotonic()
        self._known = answer, (asked_at + answered_at) / 2  # as if read half way through
