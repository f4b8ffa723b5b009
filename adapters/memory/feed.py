"""OrderFeed in memory."""

from adapters.memory.database import InMemoryDatabase
from application.ports import FeedEntry


class InMemoryOrderFeed:
    """Events are in one list from the start; a position is an index into it, from 1."""

    def __init__(self, database: InMemoryDatabase) -> None:
        self._database = database

    def events_after(self, position: int, limit: int) -> list[FeedEntry]:
        with self._database.lock:
            found = self._database.events[position : position + limit]
        return [FeedEntry(number, event) for number, event in enumerate(found, position + 1)]
