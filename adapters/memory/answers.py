"""KeptAnswers in memory."""

from datetime import datetime
from heapq import nsmallest

from adapters.memory.database import InMemoryDatabase
from application.ports import KeptAnswer


class InMemoryKeptAnswers:
    """On the database of the orders."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    def find(self, key: str) -> KeptAnswer | None:
        with self._database.lock:
            found = self._database.answers.get(key)
            return None if found is None else found[1]

    def forget(self, before: datetime, limit: int) -> int:
        with self._database.lock:
            answers = self._database.answers
            old = [(at, key) for key, (at, _) in answers.items() if at < before]
            for _, key in (forgotten := nsmallest(limit, old)):
                del answers[key]
            return len(forgotten)
