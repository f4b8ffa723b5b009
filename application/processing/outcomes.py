"""Outcomes: what comes of an attempt, by how its processor ended."""

import logging
from datetime import timedelta

from application.ports import Clock, OrderRejected, RetryLater
from domain.order import Change, Order
from domain.retry_policy import RetryPolicy
from domain.rules import REASON_LENGTH

log = logging.getLogger(__name__)


class Outcomes:
    """Changes of a started order, dated now, to be stored; nothing is stored here."""

    def __init__(self, clock: Clock, policy: RetryPolicy) -> None:
        self._clock = clock
        self._policy = policy

    def of_success(self, order: Order) -> Change:
        """Its processor did the work."""
        return order.complete(self._clock.now())

    def of_error(self, order: Order, error: BaseException) -> Change:
        """Its processor raised this, in whose `except` block it is called."""
        match error:
            case RetryLater():
                wait = min(max(error.wait, timedelta(0)), self._policy.cap)
                return order.release(self._clock.now(), wait, _public_line(error.reason))
            case OrderRejected():
                return order.fail(self._clock.now(), _public_line(error.reason), retry_in=None)
        log.warning("order %s: attempt %d failed", order.order_id, order.attempt, exc_info=True)
        # The text may hold anything, a password for example: clients see the first line only.
        reason = _readable(f"{type(error).__name__}\n{_text_of(error)}")
        return order.fail(self._clock.now(), reason, self._policy.after_failure(order))


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
