"""Workers that are tasks on an event loop, for processors that await: thousands in one thread."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from functools import partial
from typing import Any

from adapters.in_process.thread_workers import start_thread
from adapters.in_process.workers import Finished, Report, log_unexpected
from domain.change import Change
from domain.order import Order

log = logging.getLogger(__name__)


class EventLoopWorkers:
    """One thread with an event loop, which starts when it is needed; `close` is its last work.

    A processor that blocks the loop keeps all orders waiting, though not their heartbeat.
    """

    def __init__(
        self,
        work: Callable[[Order], Awaitable[Change]],
        max_workers: int,
        close: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        self._work = work
        self._max_workers = max_workers
        self._close = close
        self._loop: asyncio.AbstractEventLoop | None = None  # its files must not cross a fork
        self._is_stopping = False
        self._tasks: set[asyncio.Task[None] | None] = set()  # the loop itself holds them weakly
        self._finished: list[Finished] = []  # to be reported at the end of the loop's round

    def prepare(self, orders: int) -> int:
        if self._loop is None:
            try:
                loop = asyncio.new_event_loop()
                start_thread(partial(self._run, loop), "event loop")
            except Exception:  # no more files or threads, or the interpreter is shutting down
                log.warning("cannot start the event loop", exc_info=True)
                return 0
            self._loop = loop
        return self._max_workers

    def begin(self, orders: Sequence[Order], report: Report) -> None:
        if self._loop is not None and orders:
            self._loop.call_soon_threadsafe(self._begin, orders, report)

    def stop(self) -> None:
        self._is_stopping = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        while not self._is_stopping:  # a processor may stop the loop, or exit in a task of its own
            try:
                loop.run_forever()
            except BaseException:
                log.exception("a task of a processor broke the event loop, which goes on")
        if self._close is not None:
            loop.run_until_complete(self._close())
        loop.close()

    def _begin(self, orders: Sequence[Order], report: Report) -> None:
        loop = asyncio.get_running_loop()
        self._tasks.update(loop.create_task(self._work_on(order, report)) for order in orders)

    async def _work_on(self, order: Order, report: Report) -> None:
        outcome: Change | None = None
        try:
            outcome = await self._work(order)
        except BaseException:  # the order is safe: it is due again once its lease ends
            log_unexpected(order)
        if not self._finished:  # those that end in this round are reported together
            asyncio.get_running_loop().call_soon(self._report, report)
        self._finished.append((order, outcome))
        self._tasks.discard(asyncio.current_task())

    def _report(self, report: Report) -> None:
        finished, self._finished = self._finished, []
        report(finished)
