"""ReportResult: whoever goes on with an accepted order says what came of it."""

from dataclasses import dataclass
from datetime import datetime

from application.orders.intervention import Intervene, Intervention
from domain.change import Change
from domain.errors import InvalidOrder, StaleAttempt
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.transitions import OrderStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one attempt of an order."""

    order_id: str
    attempt: int
    is_completed: bool
    reason: str | None = None  # why it has failed
    may_retry: bool = False  # whether it may be done another time, after it has failed

    @property
    def leads_to(self) -> set[OrderStatus]:
        """The statuses in which an order may be once this is reported."""
        if self.is_completed:
            return {OrderStatus.COMPLETED}
        return {OrderStatus.FAILED} | ({OrderStatus.PENDING} if self.may_retry else set())


class ReportResult:
    """Ends the attempt that it names, and no other; an attempt that may be retried by the policy.

    It need not be parked yet: a callback may be faster than whoever writes that it is.
    """

    def __init__(self, intervene: Intervene, policy: RetryPolicy) -> None:
        self._intervene = intervene
        self._policy = policy

    def __call__(self, result: Result) -> Order:
        """The order, with that result now or since an earlier report.

        Raises StaleAttempt when the order is at another attempt, IllegalTransition when that
        attempt has ended otherwise, InvalidOrder for a failure without a reason, and what
        Intervene does.
        """
        if not result.is_completed and result.reason is None:
            raise InvalidOrder("reason", "say why it has failed")

        def step(order: Order, now: datetime) -> Change | None:
            if order.attempt != result.attempt:
                raise StaleAttempt(order.order_id, result.attempt, order.attempt)
            if order.status is not OrderStatus.PROCESSING and order.status in result.leads_to:
                return None
            return self._end(order, result, now)

        return self._intervene(Intervention(order_id=result.order_id, reason=result.reason), step)

    def _end(self, order: Order, result: Result, now: datetime) -> Change:
        if result.is_completed:
            return order.complete(now)
        retry_in = self._policy.after_failure(order) if result.may_retry else None
        return order.fail(now, result.reason or "", retry_in)
