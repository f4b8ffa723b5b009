"""What the rules of orders and batches refuse."""

from collections.abc import Sequence

from domain.batch import Batch


class OrderError(Exception):
    """The base of all of these; carries its facts as attributes."""


class InvalidOrder(OrderError):
    """A value that no order may have."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class InvalidLimit(InvalidOrder):
    """A value that no limit of the flow of orders may have."""


class IllegalTransition(OrderError):
    """The state machine has no such step; `done` is what would have been done to the order."""

    def __init__(self, order_id: str, status: str, target: str, done: str) -> None:
        super().__init__(f"order {order_id} is {status} and cannot be {done}")
        self.order_id = order_id
        self.status = status
        self.target = target


class OrderChanged(OrderError):
    """It is not the version that was asked for."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} has changed since; read it again")
        self.order_id = order_id


class DuplicateOrder(OrderError):
    """The order_id is taken."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} exists already")
        self.order_id = order_id


class StaleAttempt(OrderError):
    """What is said of an attempt comes too late, or too early: the order is at another one."""

    def __init__(self, order_id: str, attempt: int, present: int) -> None:
        super().__init__(f"order {order_id} is at attempt {present}, and not at {attempt}")
        self.order_id = order_id
        self.attempt = attempt
        self.present = present


class ConflictingOrder(OrderError):
    """The order_id is taken, by an order that asks for something else."""

    def __init__(self, order_id: str, fields: Sequence[str]) -> None:
        super().__init__(f"order {order_id} exists already, with another {' and '.join(fields)}")
        self.order_id = order_id
        self.fields = fields


class DuplicateBatch(OrderError):
    """The batch_id was used before, and that batch is finished or of another size."""

    def __init__(self, batch: Batch) -> None:
        super().__init__(f"batch {batch.batch_id} was used before" + _what_is_there(batch))
        self.batch = batch


def _what_is_there(batch: Batch) -> str:
    if batch.total_entries is None:
        return ""
    if batch.is_finished:
        return f", for {batch.total_entries} entries, which are all done"
    return (
        f", for {batch.total_entries} entries, of which {batch.done} are done;"
        f" ask for {batch.total_entries} again to finish it"
    )


class BatchInProgress(OrderError):
    """Somebody else is filling that batch at this moment."""

    def __init__(self, batch_id: str) -> None:
        super().__init__(f"batch {batch_id} is being filled by another request; ask again later")
        self.batch_id = batch_id


class OrderNotFound(OrderError):
    """There is no such order."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} not found")
        self.order_id = order_id
