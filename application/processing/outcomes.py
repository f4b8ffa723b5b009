"""Outcomes: what comes of an attempt, by how its processor ended."""

import logging
from datetime import timedelta

from application.ports import (
    Accepted,
    AttemptFailed,
    Clock,
    OrderRejected,
    ProcessorUnavailable,
    RetryLater,
)
from application.processing.breaker import Breaker
from domain.change import Change
from domain.order import Order
from domain.retry_policy import RetryPolicy
from domain.rules import REASON_LENGTH

log = logging.getLogger(__name__)

LONGEST_CALLBACK = timedelta(days=30)
UNAVAILABLE_WAIT = timedelta(seconds=1)  # of an order that has not come to its processor


class Outcomes:
    """Changes of a started order, dated now, to be stored; nothing is stored here.

    `callback_limit` is how long whoever accepts an order may take, unless its processor says so;
    `time_limit` is how long an attempt may take, None for no limit. The breaker learns whether the
    processor was reached.
    """

    def __init__(
        self,
        clock: Clock,
        policy: RetryPolicy,
        callback_limit: timedelta,
        time_limit: timedelta | None,
        breaker: Breaker,
    ) -> None:
        self._clock = clock
        self._policy = policy
        self._callback_limit = callback_limit
        self._breaker = breaker
        self.limit_seconds = None if time_limit is None else time_limit.total_seconds()

    def of_result(self, order: Order, result: Accepted | None) -> Change:
        """Its processor did the work, or has found somebody who does it."""
        self._breaker.reached()
        now = self._clock.now()
        if result is None:
            return order.complete(now)
        within = self._callback_limit if result.within is None else result.within
        return order.park(now, now + min(max(within, timedelta(0)), LONGEST_CALLBACK))

    def of_error(self, order: Order, error: BaseException) -> Change:
        """Its processor raised this, in whose `except` block it is called."""
        match error:
            case ProcessorUnavailable():
                reason = _public_line(error.reason)
                self._breaker.failed(order, reason)
                wait = self._policy.after_request(order, UNAVAILABLE_WAIT)
                return order.release(self._clock.now(), wait, reason)
            case RetryLater():
                self._breaker.reached()
                wait = self._policy.after_request(order, error.wait)
                return order.release(self._clock.now(), wait, _public_line(error.reason))
            case OrderRejected():
                self._breaker.reached()
                return order.fail(self._clock.now(), _public_line(error.reason), retry_in=None)
            case AttemptFailed():
                if error.answered:
                    self._breaker.reached()
                elif error.answered is False:
                    self._breaker.failed(order, _public_line(error.reason))
                return self._of_failure(order, error)
        log.warning("order %s: attempt %d failed", order.order_id, order.attempt, exc_info=True)
        # The text may hold anything, a password for example: clients see the first line only.
        reason = _readable(f"{type(error).__name__}\n{_text_of(error)}")
        return order.fail(self._clock.now(), reason, self._policy.after_failure(order))

    def of_timeout(self, order: Order) -> Change:
        """Its processor has taken longer than the limit."""
        return self._of_failure(order, AttemptFailed(f"took longer than {self.limit_seconds:g} s"))

    def _of_failure(self, order: Order, error: AttemptFailed) -> Change:
        reason = _public_line(error.reason)
        log.warning("order %s: attempt %d failed: %s", order.order_id, order.attempt, reason)
        if error.__cause__ is not None:  # which operators see, and clients do not
            cause = error.__cause__
            reason = _readable(f"{reason}\n{type(cause).__name__}: {_text_of(cause)}")
        retry_in = self._policy.after_failure(order)
        if retry_in is not None:
            retry_in = max(retry_in, min(error.wait, self._policy.cap))
        return order.fail(self._clock.now(), reason, retry_in)


def _public_line(reason: str) -> str:
    """The processor's reason as the one line that clients see."""
    return _readable(" ".join(reason.split()))


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # a processor may raise anything
        return "(no text)"


def _readable(reason: str) -> str:
    """Bounded, and without what some database cannot store: NUL and lone surrogates."""
    short = reason if len(reason) <= REASON_LENGTH else reason[: REASON_LENGTH - 1] + "…"
    return short.encode("utf-8", "replace").decode().replace("\0", "?")
