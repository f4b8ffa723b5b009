"""WorkOnOrder: have the processor work on an order that was started, and say what came of it."""

import asyncio

from application.ports import AsyncOrderProcessor, OrderProcessor
from application.processing.outcomes import Outcomes
from domain.change import Change
from domain.order import Order


class WorkOnOrder:
    """With a processor that blocks, in a thread."""

    def __init__(self, processor: OrderProcessor, outcomes: Outcomes) -> None:
        self._processor = processor
        self._outcomes = outcomes

    def __call__(self, order: Order) -> Change:
        """What came of it, to be stored. Raises nothing that the processor does."""
        try:
            result = self._processor.process(order)
        except BaseException as error:  # SystemExit too: it must not end a thread that others need
            return self._outcomes.of_error(order, error)
        return self._outcomes.of_result(order, result)


class AwaitOrder:
    """With a processor that awaits, on an event loop; it is cancelled once it takes too long."""

    def __init__(self, processor: AsyncOrderProcessor, outcomes: Outcomes) -> None:
        self._processor = processor
        self._outcomes = outcomes

    async def __call__(self, order: Order) -> Change:
        """What came of it, to be stored. Raises nothing that the processor does."""
        try:
            async with asyncio.timeout(self._outcomes.limit_seconds) as limit:
                result = await self._processor.process(order)
        except BaseException as error:  # SystemExit too: it must not end a loop that others need
            if limit.expired():
                return self._outcomes.of_timeout(order)
            return self._outcomes.of_error(order, error)
        if limit.expired():  # although it was cancelled
            return self._outcomes.of_timeout(order)
        return self._outcomes.of_result(order, result)
