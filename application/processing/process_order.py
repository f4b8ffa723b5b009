"""ProcessOrder: start one order, have it worked on, and record what came of it."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from application.ports import (
    Clock,
    OrderProcessor,
    OrderRejected,
    OrderRepository,
    RepositoryError,
    RetryLater,
)
from application.processing.held_orders import HeldOrders
from domain.order import Change, Order
from domain.retry_policy import RetryPolicy

log = logging.getLogger(__name__)

RECORD_AGAIN_SECONDS = 0.5  # at first, then twice as long each time
RECORD_AGAIN_CAP_SECONDS = 5.0
REASON_LENGTH = 500


def _no_more() -> None:
    return None


class ProcessOrder:
    """Processes orders; `owner` names this process, `lease` is how long it may be silent."""

    def __init__(
        self,
        repository: OrderRepository,
        processor: OrderProcessor,
        clock: Clock,
        held_orders: HeldOrders,
        policy: RetryPolicy,
        lease: timedelta,
        owner: str,
    ) -> None:
        self._repository = repository
        self._processor = processor
        self._clock = clock
        self._held = held_orders
        self._policy = policy
        self._lease = lease
        self._owner = owner

    def __call__(self, order: Order, next_order: Callable[[], Order | None] = _no_more) -> None:
        """Process the order, and then each that `next_order` gives, until that is None.

        One that another worker has started, or that was cancelled, is skipped. An outcome and the
        next start are stored in one call, so that a worker waits for one commit an order. Blocks
        until each outcome is stored, or its order has passed to another holder. Raises
        RepositoryError, only after that, when a start could not be stored.
        """
        waiting: Order | None = order
        unrecorded: Change | None = None  # what came of the order before it
        try:
            while waiting is not None:
                unrecorded = self._unless_lost(unrecorded)
                started = self._start(waiting, unrecorded)
                unrecorded = None
                if started is not None:
                    unrecorded = self._work(started)
                waiting = next_order()
        finally:
            if unrecorded is not None:
                self._record(unrecorded)

    def _unless_lost(self, unrecorded: Change | None) -> Change | None:
        if unrecorded is not None and not self._held.holds(unrecorded.old):
            self._finish(unrecorded, recorded=False)
            return None
        return unrecorded

    def _start(self, waiting: Order, unrecorded: Change | None) -> Order | None:
        start = waiting.start(self._clock.now(), self._lease, self._owner)
        changes = [start] if unrecorded is None else [unrecorded, start]
        *recorded, is_mine = self._repository.update(changes)
        if unrecorded is not None:
            self._finish(unrecorded, recorded=recorded[0])
        if not is_mine:
            return None
        if not self._held.put(start.new):  # a clean stop has given back all there was
            self._repository.update([start.new.release(self._clock.now())])
            return None
        return start.new

    def _work(self, started: Order) -> Change:
        try:
            return self._outcome(started)
        except BaseException:
            self._held.drop(started)
            raise

    def _outcome(self, order: Order) -> Change:
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

    def _record(self, worked: Change) -> None:
        try:
            recorded = self._store(worked)
        except BaseException:
            self._held.drop(worked.old)  # or its lease would be extended for ever
            raise
        self._finish(worked, recorded)

    def _store(self, worked: Change) -> bool:
        started = worked.old
        pause_seconds = RECORD_AGAIN_SECONDS
        while self._held.holds(started):
            try:
                recorded = self._repository.update([worked])[0]
                return recorded or self._finds(worked.new)
            except RepositoryError as error:  # the work is done: worth keeping the lease for
                log.debug("order %s: outcome not recorded yet: %s", started.order_id, error)
                self._clock.sleep(pause_seconds)
                pause_seconds = min(2 * pause_seconds, RECORD_AGAIN_CAP_SECONDS)
        with suppress(RepositoryError):  # an earlier try may have been stored after all
            return self._finds(worked.new)
        return False

    def _finds(self, outcome: Order) -> bool:
        """Whether it is stored; its deadline may have been moved since."""
        stored = self._repository.get(outcome.order_id)
        return stored is not None and replace(stored, due_at=outcome.due_at) == outcome

    def _finish(self, worked: Change, recorded: bool) -> None:
        started = worked.old
        self._held.drop(started)
        if not recorded:
            log.warning(
                "order %s is no longer held here; attempt %d dropped",
                started.order_id,
                started.attempt,
            )


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
