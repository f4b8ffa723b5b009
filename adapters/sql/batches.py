"""Batches of simulated orders, inside a write transaction."""

from sqlalchemy.engine.interfaces import DBAPICursor

from adapters.sql.schema.rows import batch_to_row, to_batch
from adapters.sql.write_path.statements import Statements
from domain.batch import Batch


def claim_batch(cursor: DBAPICursor, statements: Statements, batch: Batch) -> Batch:
    """Store it unless its id is taken; returns what is stored."""
    found = lock_batch(cursor, statements, batch.batch_id)
    if found is None:
        cursor.execute(statements.insert_batch, batch_to_row(batch))
    return found or batch


def lock_batch(cursor: DBAPICursor, statements: Statements, batch_id: str) -> Batch | None:
    """The batch as stored, which nobody else changes until the transaction ends."""
    cursor.execute(statements.lock_batch, (batch_id,))
    rows = cursor.fetchall()
    return to_batch(rows[0]) if rows else None


def move_batch(cursor: DBAPICursor, statements: Statements, batch: Batch) -> None:
    """Store how far it is."""
    cursor.execute(statements.move_batch, (batch.done, batch.taken, batch.batch_id))
