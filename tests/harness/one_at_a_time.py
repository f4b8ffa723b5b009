"""Processes one order in the caller's thread, as the dispatcher does for many in its own."""

import asyncio
import inspect
from typing import Any

from application.processing.work_on_order import AwaitOrder, WorkOnOrder
from domain.change import Change
from domain.order import Order
from entrypoints.wiring.container import Container


def process(container: Container, order: Order) -> None:
    """Start it, have it worked on, store what came of it; raises what the repository does."""
    advance = container.advance_orders()
    for started in advance([], [order]).orders:
        try:
            advance([work_on(container, started)], [])
        except BaseException:
            container.held_orders().drop(started)
            raise


def work_on(container: Container, order: Order) -> Change:
    """What comes of a started order."""
    processor: Any = container.processor()
    if inspect.iscoroutinefunction(processor.process):
        return asyncio.run(AwaitOrder(processor, container.outcomes())(order))
    return WorkOnOrder(processor, container.outcomes())(order)
