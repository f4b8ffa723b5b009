"""DispatchDueOrders: give the queue as many due Pending orders as it has room for."""

from datetime import timedelta

from application.ports import Clock, OrderRepository, ProcessingQueue
from application.processing.gate import Gate
from application.processing.overflow import Overflow
from domain.retry_policy import RetryPolicy


class DispatchDueOrders:
    """The longest due go first; for queues whose workers are elsewhere.

    While the gate is narrow nothing is dispatched: workers look for due orders themselves. Nobody
    else dispatches one of them again before `visibility_timeout` has passed.
    """

    def __init__(
        self,
        repository: OrderRepository,
        queue: ProcessingQueue,
        gate: Gate,
        overflow: Overflow,
        clock: Clock,
        policy: RetryPolicy,
        visibility_timeout: timedelta,
    ) -> None:
        self._repository = repository
        self._queue = queue
        self._gate = gate
        self._overflow = overflow
        self._clock = clock
        self._policy = policy
        self._visibility_timeout = visibility_timeout

    def __call__(self) -> None:
        """Dispatch what is due, up to the queue's room, and note whether more may be due than that.

        Two processes at once do no harm, and take different orders. Raises RepositoryError.
        """
        room = self._queue.free_slots()
        if room <= 0 or self._gate.is_narrow:
            return
        now = self._clock.now()
        due = self._repository.hold_due(
            now + self._visibility_timeout,
            now=now,
            # Rightly none is due later: a back-off ends within the cap, a hint within its timeout.
            horizon=now + max(self._policy.cap, 2 * self._visibility_timeout),
            limit=room,
        )
        self._overflow.found_due(more_than_room=len(due) == room)
        refused = [order for order in due if not self._queue.submit(order)]
        if refused:
            self._overflow.found_no_room()
            self._repository.reschedule(refused, now)
