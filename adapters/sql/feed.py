"""OrderFeed on SQL: positions are assigned after the commit, by whoever reads."""

from adapters.sql.database import Database
from adapters.sql.schema.rows import to_event
from adapters.sql.write_path.call import CallOnNoOrder
from adapters.sql.write_path.write_set import WriteSet
from application.ports import FeedEntry


class SqlOrderFeed:
    """An event that was committed late gets a position behind those that were read before."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def events_after(self, position: int, limit: int) -> list[FeedEntry]:
        found = self._read(position, limit)
        if len(found) < limit and self._has_events_without_position():
            self._database.write(AssignPositions(limit))
            found = self._read(position, limit)
        return found

    def _read(self, position: int, limit: int) -> list[FeedEntry]:
        rows = self._database.fetch(self._database.statements.select_feed, (position, limit))
        return [FeedEntry(number, to_event(row)) for number, *row in rows]

    def _has_events_without_position(self) -> bool:
        statement = self._database.statements.select_without_position
        return bool(self._database.fetch(statement, (1,)))


class AssignPositions(CallOnNoOrder):
    """Give the events that have none yet, up to `limit`, their positions in the feed.

    In the order of their times, which is each order's own order as well.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def apply(self, write_set: WriteSet) -> None:
        cursor, statements = write_set.cursor, write_set.statements
        cursor.execute(statements.lock_feed)  # so that positions are assigned by one at a time
        ((last,),) = cursor.fetchall()
        cursor.execute(statements.select_without_position, (self._limit,))
        events = cursor.fetchall()
        if events:
            cursor.executemany(
                statements.assign_position,
                [(last + number, *key) for number, key in enumerate(events, 1)],
            )
            cursor.execute(statements.update_feed, (last + len(events),))
            write_set.has_written = True
