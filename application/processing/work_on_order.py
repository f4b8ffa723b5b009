"""WorkOnOrder: have the processor work on an order that was started, and say what came of it."""

import logging
from datetime import timedelta

from application.ports import Clock, OrderProcessor, OrderRejected, RetryLater
from domain.order import Change, Order
from domain.retry_policy import RetryPolicy

log = logging.getLogger(__name__)

REASON_LENGTH = 500


class WorkOnOrder:
    """The processor's part of an order; nothing is stored here."""

    def __init__(self, processor: OrderProcessor, clock: Clock, policy: RetryPolicy) -> None:
        self._processor = processor
        self._clock = clock
        self._policy = policy

    def __call__(self, order: Order) -> Change:
        """What came of it, to be stored. Blocks as the processor does; raises nothing of its."""
        try:
            self._processor.process(order)
        except RetryLater as later:
            wait = min(max(later.wait, timedelta(0)), self._policy.cap)
            return order.release(self._clock.now(), wait, _public_line(later.reason))
        except OrderRejected as refusal:
            return order.fail(self._clock.now(), _public_line(refusal.reason), retry_in=None)
        except BaseException as error:  # SystemExit too: it must not end a thread that others need
            log.warning("order %s: attempt %d failed", order.order_id, order.attempt, exc_info=True)
            # The text may hold anything, a password for example: clients see the first line only.
            reason = _readable(f"{type(error).__name__}\n{_text_of(error)}")
            return order.fail(self._clock.now(), reason, self._policy.after_failure(order))
        return order.complete(self._clock.now())


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
