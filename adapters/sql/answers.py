"""KeptAnswers on SQL."""

from datetime import datetime

from adapters.sql.database import Database
from adapters.sql.schema.rows import AnswerRow, to_us
from adapters.sql.write_path.call import CallOnNoOrder
from adapters.sql.write_path.write_set import WriteSet
from application.ports import KeptAnswer


class SqlKeptAnswers:
    """The write path stores the rows, each in the transaction of what was asked."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, key: str) -> KeptAnswer | None:
        rows = self._database.fetch(self._database.statements.select_answer, (key,))
        if not rows:
            return None
        row = AnswerRow(*rows[0])
        return KeptAnswer(row.fingerprint, row.answer)

    def forget(self, before: datetime, limit: int) -> int:
        return self._database.write(Forget(before, limit))


class Forget(CallOnNoOrder):
    """KeptAnswers.forget"""

    def __init__(self, before: datetime, limit: int) -> None:
        self._before = before
        self._limit = limit
        self.size = limit

    def apply(self, write_set: WriteSet) -> int:
        cursor, statements = write_set.cursor, write_set.statements
        cursor.execute(statements.select_old_answers, (to_us(self._before), self._limit))
        keys = cursor.fetchall()
        for key in keys:
            cursor.execute(statements.delete_answer, key)
        write_set.has_written |= bool(keys)
        return len(keys)
