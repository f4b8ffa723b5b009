"""OrderProcessor that only waits, for rehearsals."""

import random

from application.ports import AttemptFailed, Clock
from domain.order import Order


class SimulatedProcessor:
    """Waits for a random time between two bounds, in seconds; `failure_rate` of attempts fail."""

    def __init__(
        self,
        clock: Clock,
        shortest_seconds: float,
        longest_seconds: float,
        failure_rate: float = 0,
    ) -> None:
        self._clock = clock
        self._failure_rate = failure_rate
        self._shortest_seconds = shortest_seconds
        self._longest_seconds = longest_seconds

    async def process(self, order: Order) -> None:
        seconds = random.uniform(self._shortest_seconds, self._longest_seconds)  # noqa: S311  # no secret
        if seconds > 0:
            await self._clock.wait(seconds)
        if random.random() < self._failure_rate:  # noqa: S311  # no secret
            raise AttemptFailed("simulated failure")
