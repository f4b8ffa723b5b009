"""OrderFlow in memory."""

from collections.abc import Callable
from datetime import datetime

from adapters.memory.database import InMemoryDatabase
from application.ports import Once
from domain.flow import Flow


class InMemoryOrderFlow:
    """The database's lock makes each call atomic."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    def get(self) -> Flow:
        with self._database.lock:
            return self._database.flow

    def admits(self, user_id: int, now: datetime) -> bool:
        with self._database.lock:
            return self._database.user_quota(now).admits(user_id)

    def change(self, step: Callable[[Flow], Flow], once: Once | None = None) -> Flow:
        with self._database.lock:
            self._database.check_unused(once)
            self._database.flow = step(self._database.flow)
            self._database.keep(once, self._database.flow)
            return self._database.flow
