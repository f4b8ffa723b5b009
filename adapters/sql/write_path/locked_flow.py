"""The flow's row in a write transaction: whoever has locked it is the only one to use or change it.

It is locked after the orders that a call names and before those that it chooses, which waits for
nobody: so no two transactions wait for each other.
"""

from adapters.sql.schema.flow_row import flow_to_row, to_flow
from adapters.sql.write_path.write_set import WriteSet
from domain.flow import Flow
from domain.totals import Totals


def lock_flow(write_set: WriteSet) -> Flow:
    """The flow as stored, which nobody else changes until the transaction ends."""
    write_set.cursor.execute(write_set.statements.flow.lock)
    (row,) = write_set.cursor.fetchall()
    return to_flow(row)


def store_flow(write_set: WriteSet, flow: Flow) -> None:
    """Store it in place of what is locked."""
    write_set.cursor.execute(write_set.statements.flow.update, flow_to_row(flow))
    write_set.has_written = True


def count_processing(write_set: WriteSet) -> int:
    """How many orders are Processing, with what this transaction will have changed."""
    write_set.cursor.execute(write_set.statements.count_processing)
    ((stored,),) = write_set.cursor.fetchall()
    return int(stored) + Totals.of(write_set.steps).processing
