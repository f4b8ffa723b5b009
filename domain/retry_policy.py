"""RetryPolicy: how often an order is tried again, and after how long."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from domain.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Exponential back-off with full jitter: a random part of min(cap, base * 2^n).

    Jitter separates a poison order from healthy ones that ran beside it: tried again at the same
    moment, they would crash with it again. (M. Brooker, "Exponential Backoff And Jitter", 2015.)
    """

    max_attempts: int = 5  # failed attempts before an order is Failed
    max_crashes: int = 20  # crashed or silent holders before an order is Failed
    base: timedelta = timedelta(seconds=1)
    cap: timedelta = timedelta(seconds=60)
    jitter: Callable[[], float] = random.random  # 0 <= x < 1

    def after_failure(self, order: Order) -> timedelta | None:
        """How long to wait when the present attempt fails; None when it was the last."""
        if order.failures + 1 >= self.max_attempts:
            return None
        return self._backoff(order.failures)

    def after_crash(self, order: Order) -> timedelta | None:
        """How long to wait when the present holder is gone; None when it was the last.

        No wait after the first crash: mostly it is the machine's fault, not the order's.
        """
        if order.crashes + 1 >= self.max_crashes:
            return None
        return self._backoff(order.crashes) if order.crashes else timedelta(0)

    def after_request(self, order: Order, asked: timedelta) -> timedelta:
        """How long to wait when whoever does the work asks for so long: that, up to the cap.

        From the second time on, the back-off if it is longer: whoever says "in a second" for ever
        would add two lines a second to the order's history.
        """
        asked_before = order.attempt - 1 - order.failures - order.crashes
        least = self._backoff(asked_before) if asked_before else timedelta(0)
        return max(least, min(asked, self.cap))

    def _backoff(self, count: int) -> timedelta:
        doubled = self.base * (1 << min(count, 30))  # past that the cap has long taken over
        return min(self.cap, doubled) * self.jitter()
