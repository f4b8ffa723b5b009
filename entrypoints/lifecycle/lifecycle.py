"""Background: what one process does every so often, and how it stops."""

import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from application.ports import Clock, ProcessingQueue, RepositoryError
from application.processing.holdings import Holdings
from application.processing.release_orders import ReleaseOrders
from application.processing.watch_work import WatchWork

log = logging.getLogger(__name__)

READY_SECONDS = 5.0  # that a round may take
NOT_GIVEN_BACK = "unfinished orders were not given back; their leases will do it"
RELEASE_SECONDS = 5.0  # how long a stop waits for the database; past it, leases do the work


class Repeater:
    """Calls an action at once and then every so often, in a thread that no exception ends."""

    def __init__(
        self,
        name: str,
        action: Callable[[], None],
        period_seconds: float,
        clock: Clock,
        woken: threading.Event | None = None,
    ) -> None:
        self._name = name
        self._action = action
        self._period_seconds = period_seconds
        self._clock = clock
        self._woken = woken or threading.Event()  # set it for a call before its time
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._succeeded_at: float | None = None  # monotonic seconds
        self._failure: str | None = None  # of the last call

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> None:
        """Ask it to end, and wait so long for that."""
        self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)

    def problem(self, patience_seconds: float) -> str | None:
        """Why it is not to be relied on: its last call failed, or none has ended for so long."""
        if self._failure is not None:
            return f"the {self._name} failed: {self._failure}"
        at = self._succeeded_at
        if at is None or self._clock.monotonic() - at > patience_seconds:
            return f"the {self._name} has not ended a round for {patience_seconds:g} s"
        return None

    def _run(self) -> None:
        failures = 0
        while not self._stopping:
            try:
                self._action()
                self._succeeded_at = self._clock.monotonic()
                self._failure = None
                if failures:
                    log.warning("%s works again, after %d failures", self._name, failures)
                failures = 0
            except RepositoryError as error:  # which the store reports itself
                self._failure = str(error)
            except Exception as error:
                self._failure = type(error).__name__
                failures += 1
                if failures == 1:  # the next ones are most likely the same
                    log.exception("%s failed; it goes on trying", self._name)
            # What failed is tried again soon: the store may be back, and leases are running.
            soon = min(self._period_seconds, 1.0)
            self._woken.wait(self._period_seconds if self._failure is None else soon)
            self._woken.clear()


class Background:
    """What a process does besides answering requests."""

    def __init__(
        self,
        sweeper: Repeater,
        hand_over: Repeater,
        heartbeat: Repeater,
        queue: ProcessingQueue,
        holdings: Holdings,
        release: ReleaseOrders,
        watch: Repeater,
        work: WatchWork,
        sweep_seconds: float,
        drain: timedelta,
    ) -> None:
        self._sweeper = sweeper
        self._hand_over = hand_over
        self._heartbeat = heartbeat
        self._queue = queue
        self._holdings = holdings
        self._release = release
        self._watch = watch
        self._work = work
        self._sweep_seconds = sweep_seconds
        self._drain = drain
        self._stopping = False

    def start(self) -> None:
        """Begin to beat, to sweep and to hand over."""
        for repeater in (self._heartbeat, self._sweeper, self._hand_over, self._watch):
            repeater.start()

    def problem(self) -> str | None:
        """Why this process should not be sent work; None while writes go through and work is done.

        Answers at once. A sweep begins with a write, so one that ended shows that writes can be.
        """
        if self._stopping:
            return "the service is stopping"
        if self._work.is_stuck:
            return "all workers have been busy with one order each for long, and others wait"
        patience_seconds = READY_SECONDS + 2 * self._sweep_seconds
        return self._sweeper.problem(patience_seconds) or self._hand_over.problem(patience_seconds)

    def stop(self, drain: timedelta | None = None) -> bool:
        """Drain, give back what is unfinished; True when no worker is left running."""
        self._stopping = True
        self._holdings.close()
        self._sweeper.stop(timeout_seconds=1)
        self._hand_over.stop(timeout_seconds=1)
        self._watch.stop(timeout_seconds=1)
        finished = self._queue.close(self._drain if drain is None else drain)
        self._heartbeat.stop(timeout_seconds=1)
        release = threading.Thread(target=self._give_back, daemon=True)
        release.start()
        release.join(RELEASE_SECONDS)
        return finished

    def _give_back(self) -> None:
        try:
            self._release()
        except RepositoryError:  # which the store reports itself
            log.warning(NOT_GIVEN_BACK)
        except Exception:
            log.exception(NOT_GIVEN_BACK)
