"""A process whose workers stop in the middle of an order until the simulation continues them."""

import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from random import Random

from dependency_injector.providers import Object

from adapters.clock import ManualClock
from adapters.memory.orders import InMemoryOrderRepository
from application.ports import Accepted, RepositoryUnavailable
from domain.order import Order
from domain.retry_policy import RetryPolicy
from tests.application.stories import Mortal, Vanished, a_process
from tests.harness.one_at_a_time import process

MAX_ATTEMPTS, MAX_CRASHES = 4, 6
Ending = BaseException | Accepted | None
_this_thread = threading.local()


class StandingProcessor:
    """Stops in the middle of an attempt until `Attempt.end` says how it ends."""

    def process(self, order: Order) -> Accepted | None:
        attempt: Attempt | None = getattr(_this_thread, "attempt", None)
        return attempt.stand_still() if attempt is not None else None


class Attempt:
    """Follows one hint in a thread of its own.

    Either it runs or the simulation does, so that a seed gives the same run every time.
    """

    def __init__(self, follow: Callable[[Order], None], hint: Order) -> None:
        self._follow = follow
        self._hint = hint
        self._end: SimpleQueue[Ending] = SimpleQueue()
        self._stands: SimpleQueue[bool] = SimpleQueue()
        threading.Thread(target=self._run, daemon=True).start()
        self.is_running = self._stands.get()

    def end(self, ending: Ending) -> None:
        """Let the processor raise or return this; returns when its worker has dealt with that."""
        self._end.put(ending)
        self.is_running = self._stands.get()

    def stand_still(self) -> Accepted | None:
        """Called by the processor: wait for `end`."""
        self._stands.put(True)
        ending = self._end.get()
        if isinstance(ending, BaseException):
            raise ending
        return ending

    def _run(self) -> None:
        _this_thread.attempt = self
        try:
            with suppress(Vanished, RepositoryUnavailable):
                self._follow(self._hint)
        finally:
            self._stands.put(False)


class Process:
    """Holds the hints of its queue as a pool of threads does, and works on several at once."""

    def __init__(
        self, repository: InMemoryOrderRepository, clock: ManualClock, random: Random
    ) -> None:
        self.world = a_process(repository, clock, max_workers="3")
        self.mortal = Mortal(repository)
        self.world.container.repository.override(Object(self.mortal))
        self.world.process_with(StandingProcessor())
        self.world.container.retry_policy.override(
            RetryPolicy(max_attempts=MAX_ATTEMPTS, max_crashes=MAX_CRASHES, jitter=random.random)
        )
        self.attempts: list[Attempt] = []
        self.hints: list[Order] = []
        self.is_stuck = False  # neither beats nor sweeps, but its workers go on

    def follow(self, hint: Order) -> None:
        """Do what this hint says, and then hold it no longer, whatever the outcome."""
        try:
            process(self.world.container, hint)
        finally:
            self.world.container.held_orders().drop(hint)

    def fetch_hints(self) -> list[Order]:
        """Hold what waits in this process's queue; returns all that waits for a free worker."""
        hints: list[Order] = []
        self.world.queue.drain(hints.append)
        self.hints += [hint for hint in hints if self.world.container.held_orders().take(hint)]
        return self.hints
