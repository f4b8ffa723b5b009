"""Everything that the rules of an order can object to."""


class OrderError(Exception):
    """The base of every objection; carries its facts as attributes."""


class InvalidOrder(OrderError):
    """A value that no order may have."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class IllegalTransition(OrderError):
    """The state machine has no such step."""

    def __init__(self, order_id: str, status: str, target: str) -> None:
        super().__init__(f"order {order_id} is {status} and cannot become {target}")
        self.order_id = order_id
        self.status = status
        self.target = target


class DuplicateOrder(OrderError):
    """The order_id is taken."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} exists already")
        self.order_id = order_id


class DuplicateBatch(OrderError):
    """The batch_id was used before."""

    def __init__(self, batch_id: str) -> None:
        super().__init__(f"batch {batch_id} was used before")
        self.batch_id = batch_id


class OrderNotFound(OrderError):
    """There is no such order."""

    def __init__(self, order_id: str) -> None:
        super().__init__(f"order {order_id} not found")
        self.order_id = order_id
