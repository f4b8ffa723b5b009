"""The processor, loaded if it is the user's own, and the workers that suit it.

A failure is a one-line SettingsError.
"""

import inspect
from typing import cast

from adapters.in_process.event_loop_workers import EventLoopWorkers
from adapters.in_process.thread_workers import ThreadWorkers
from adapters.in_process.workers import Workers
from adapters.processors.function import load_processor
from application.ports import AsyncOrderProcessor, Clock, MessageSignatures, OrderProcessor
from application.processing.outcomes import Outcomes
from application.processing.work_on_order import AwaitOrder, WorkOnOrder
from entrypoints.wiring.settings import Settings, SettingsError, StartError

MAX_THREADS = 1_000

Processor = OrderProcessor | AsyncOrderProcessor


def load_function(path: str) -> Processor:
    """From "package.module:function"; raises SettingsError."""
    try:
        return load_processor(path)
    except (Exception, SystemExit) as error:  # the user's module may raise anything when imported
        raise SettingsError(
            f"ORDERS_PROCESSOR={path!r} cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def fulfilment_over_http(
    settings: Settings, signatures: MessageSignatures, clock: Clock
) -> AsyncOrderProcessor:
    """Raises StartError when the package for it is not installed."""
    try:
        from adapters.processors.http import HttpProcessor  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise StartError(
            f"ORDERS_PROCESSOR=http needs a package that is not installed ({error});"
            " run: pip install '.[http]'"
        ) from error
    return HttpProcessor(
        settings.fulfilment_url,
        signatures,
        clock,
        settings.fulfilment_connect_seconds,
        settings.fulfilment_answer_seconds,
    )


def workers_for(processor: Processor, outcomes: Outcomes, max_workers: int) -> Workers:
    """An event loop for a processor that awaits, else threads. Raises SettingsError for too many.

    Nothing starts yet.
    """
    if inspect.iscoroutinefunction(processor.process):
        awaiting = AwaitOrder(cast(AsyncOrderProcessor, processor), outcomes)
        return EventLoopWorkers(awaiting, max_workers, getattr(processor, "close", None))
    if max_workers > MAX_THREADS:
        raise SettingsError(
            f"ORDERS_MAX_WORKERS={max_workers}: each order would need a thread, allowed are 1 to"
            f" {MAX_THREADS}; more with a processor that is `async def`"
        )
    return ThreadWorkers(
        WorkOnOrder(cast(OrderProcessor, processor), outcomes),
        max_workers,
        outcomes.limit_seconds,
        outcomes.of_timeout,
    )
