"""ExplainOrder: why an order is where it is, and what it can expect."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from application.ports import Clock, OrderFlow, OrderViews
from application.processing.breaker import Breaker
from application.views.explanation import Explanation
from application.views.get_status import GetStatus
from application.views.standing import Line, Pace, Used, Why
from domain.events import OrderEvent
from domain.flow import Flow
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.totals import Totals
from domain.transitions import EventKind, OrderStatus
from domain.user_quota import LONGEST

COUNTED = 10_000  # orders in line: some milliseconds
TRIED_AGAIN = {EventKind.ATTEMPT_FAILED, EventKind.EXPIRED, EventKind.RELEASED}
STANDSTILLS = {Why.PAUSED, Why.UNAVAILABLE, Why.USER_LIMITED}
ENDS = {
    OrderStatus.COMPLETED: Why.COMPLETED,
    OrderStatus.FAILED: Why.FAILED,
    OrderStatus.CANCELLED: Why.CANCELLED,
}


class ExplainOrder:
    """Reads the order, its history, the line before it, the totals and the flow, one by one.

    `breaker` is that of this process; whether another one reaches the processor is not known.
    """

    def __init__(
        self,
        get_status: GetStatus,
        views: OrderViews,
        flow: OrderFlow,
        breaker: Breaker,
        clock: Clock,
        policy: RetryPolicy,
        counted: int = COUNTED,
    ) -> None:
        self._get_status = get_status
        self._views = views
        self._flow = flow
        self._breaker = breaker
        self._clock = clock
        self._policy = policy
        self._counted = counted

    def __call__(self, order_id: str) -> Explanation:
        """What can be said now; raises OrderNotFound and RepositoryUnavailable."""
        order = self._get_status(order_id)
        history, now = self._views.history(order_id), self._clock.now()
        why = _why(order, history[-1].kind, now)
        line = self._line(order) if why is Why.IN_LINE else None
        totals, flow = self._views.totals(), self._flow.get()
        if why is Why.IN_LINE:
            why = self._in_line(order, flow, totals, now)
        elif why is Why.BACKING_OFF and self._may_be_passed_over(order, flow, now):
            why = Why.USER_LIMITED
        pace = _pace(totals)
        start, end = _expected(order, why, line, pace, now)
        return Explanation(
            order=order,
            why=why,
            line=None if why is Why.USER_LIMITED else line,
            pace=pace,
            expected_start_at=start,
            expected_end_at=end,
            attempts=Used(order.failures, self._policy.max_attempts),
            crashes=Used(order.crashes, self._policy.max_crashes),
            last_error=_last_error(history),
            pause_reason=flow.pause_reason if why is Why.PAUSED else None,
        )

    def _in_line(self, order: Order, flow: Flow, totals: Totals, now: datetime) -> Why:
        """What keeps the line from moving, or the order from its place in it, if anything does."""
        if flow.is_paused:
            return Why.PAUSED
        if self._breaker.open_since is not None:
            return Why.UNAVAILABLE
        if flow.room(1, totals.processing, now) <= 0:
            return Why.LIMITED
        has_room = not flow.user_limits.exist or self._flow.admits(order.user_id, now)
        return Why.IN_LINE if has_room else Why.USER_LIMITED

    def _may_be_passed_over(self, order: Order, flow: Flow, now: datetime) -> bool:
        """Whether its deadline, as far as can be said, is a look at its user's limits."""
        is_near = order.due_at is not None and order.due_at <= now + LONGEST
        return is_near and flow.user_limits.exist and not self._flow.admits(order.user_id, now)

    def _line(self, order: Order) -> Line:
        """As far as it is counted."""
        assert order.due_at is not None
        ahead = self._views.count_due_before(order.due_at, order.order_id, self._counted + 1)
        return Line(min(ahead, self._counted), is_longer=ahead > self._counted)


def _why(order: Order, last: EventKind, now: datetime) -> Why:
    if order.status in ENDS:
        return ENDS[order.status]
    if order.status is OrderStatus.PROCESSING:
        return Why.PARKED if order.is_parked else Why.IN_PROCESSING
    if order.due_at is None:
        return Why.HELD
    if order.is_scheduled and order.due_at > now:
        return Why.SCHEDULED
    # A new order that is due later has a place in a queue, which keeps it until then.
    return Why.BACKING_OFF if last in TRIED_AGAIN and order.due_at > now else Why.IN_LINE


def _pace(totals: Totals) -> Pace | None:
    """None while nothing is in processing, or nothing has been completed."""
    average = totals.average_processing_seconds
    return Pace(totals.processing, average) if totals.processing > 0 and average > 0 else None


def _expected(
    order: Order, why: Why, line: Line | None, pace: Pace | None, now: datetime
) -> tuple[datetime | None, datetime | None]:
    """Start and end, as far as they are ahead and can be reckoned."""
    if pace is None or why in STANDSTILLS:
        return None, None
    processing = timedelta(seconds=pace.average_seconds)
    if why is Why.IN_PROCESSING and order.processing_started_at is not None:
        end = order.processing_started_at + processing
        return None, end if end > now else None  # it takes longer than others
    if line is not None and not line.is_longer:
        start = now + timedelta(seconds=line.ahead / pace.per_second)
        return start, start + processing
    if why in {Why.BACKING_OFF, Why.SCHEDULED} and order.due_at is not None:
        return order.due_at, _later(order.due_at, processing)
    return None, None


def _later(moment: datetime, by: timedelta) -> datetime | None:
    """None where the calendar has no such time: an order may be for the end of the year 9999."""
    with suppress(OverflowError):
        return moment + by
    return None


def _last_error(history: Sequence[OrderEvent]) -> str | None:
    wrong = TRIED_AGAIN | {EventKind.FAILED}
    reasons = (event.public_reason for event in reversed(history) if event.kind in wrong)
    return next((reason for reason in reasons if reason is not None), None)
