"""PauseProcessing and ResumeProcessing: let no order start, on any process, and let them again."""

from collections.abc import Callable
from dataclasses import dataclass

from application.orders.repeatable import Repeatable, once_of
from application.ports import Clock, OrderFlow
from domain.events import CLIENT, Actor
from domain.flow import Flow
from domain.rules import check_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """By whom and why."""

    actor: Actor = CLIENT
    reason: str | None = None
    repeatable: Repeatable | None = None


class PauseProcessing:
    """Orders that run end, and orders are taken in; processes notice within a sweep.

    `wake` has this process read the flow now.
    """

    def __init__(self, flow: OrderFlow, clock: Clock, wake: Callable[[], object]) -> None:
        self._flow = flow
        self._clock = clock
        self._wake = wake

    def __call__(self, asked: Pause) -> Flow:
        """The flow, paused now or before; the first reason stays.

        Raises InvalidOrder for a bad reason, RepositoryError, and KeyUsed for a repeated request.
        After OutcomeUnknown the same call is safe to repeat.
        """
        if asked.reason is not None:
            check_reason(asked.reason)
        now = self._clock.now()
        flow = self._flow.change(
            lambda flow: flow.pause(now, asked.actor, asked.reason), once_of(asked.repeatable, now)
        )
        self._wake()
        return flow


class ResumeProcessing:
    """`wake` has this process read the flow now; others notice within a sweep."""

    def __init__(self, flow: OrderFlow, clock: Clock, wake: Callable[[], object]) -> None:
        self._flow = flow
        self._clock = clock
        self._wake = wake

    def __call__(self, repeatable: Repeatable | None = None) -> Flow:
        """The flow, paused no longer.

        Raises RepositoryError, and KeyUsed for a repeated request. Safe to repeat.
        """
        flow = self._flow.change(Flow.resume, once_of(repeatable, self._clock.now()))
        self._wake()
        return flow
