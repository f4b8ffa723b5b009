"""Repeater: calls an action again and again, in a thread that no exception ends."""

import logging
import threading
from collections.abc import Callable

from application.ports import Clock, RepositoryError

log = logging.getLogger(__name__)

ROUND_SECONDS = 5.0  # a round may take this long before the process counts as not ready
RETRY_SECONDS = 1.0  # at most, after a failure: the store may be back, and leases run out


class Repeater:
    """Calls an action at once, then every `period_seconds`, and earlier when `woken` is set.

    Each call is a round.

    `counts_for_readiness`: while it has a problem, its process should not be sent work.
    `runs_while_draining`: it runs until the orders that were being worked on have ended.
    """

    def __init__(
        self,
        name: str,
        action: Callable[[], None],
        period_seconds: float,
        clock: Clock,
        woken: threading.Event | None = None,
        *,
        counts_for_readiness: bool = False,
        runs_while_draining: bool = False,
    ) -> None:
        self.name = name
        self.counts_for_readiness = counts_for_readiness
        self.runs_while_draining = runs_while_draining
        self._action = action
        self._period_seconds = period_seconds
        self._clock = clock
        self._woken = woken or threading.Event()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._succeeded_at: float | None = None  # monotonic seconds
        self._failure: str | None = None  # of the last round

    def start(self) -> None:
        """Begin, in a thread of its own. Call it once. Raises RuntimeError for want of threads."""
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Have it end after the round that is under way, if any. Does not wait."""
        self._stopping = True
        self._woken.set()

    def stop(self, timeout_seconds: float) -> None:
        """Ask it to stop, and wait for its end, no longer than this; a round may still run then."""
        self.ask_to_stop()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def problem(self) -> str | None:
        """Why it cannot be relied on: its last round failed, or none has succeeded for too long."""
        if self._failure is not None:
            return f"the {self.name} failed: {self._failure}"
        succeeded_at = self._succeeded_at
        if succeeded_at is None:
            return f"the {self.name} has not completed its first round yet"
        patience_seconds = ROUND_SECONDS + 2 * self._period_seconds
        if self._clock.monotonic() - succeeded_at > patience_seconds:
            return f"the {self.name} has not completed a round for {patience_seconds:g} s"
        return None

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                self._action()
                self._succeeded_at = self._clock.monotonic()
                self._failure = None
                if failures:
                    log.warning("the %s works again after %d failures", self.name, failures)
                failures = 0
            except RepositoryError as error:  # the store has logged it
                self._failure = str(error)
            except Exception as error:
                self._failure = type(error).__name__
                failures += 1
                if failures == 1:  # the next ones are most likely the same
                    log.exception("the %s failed; trying again", self.name)
            retry_seconds = min(self._period_seconds, RETRY_SECONDS)
            self._woken.wait(self._period_seconds if self._failure is None else retry_seconds)
            self._woken.clear()
