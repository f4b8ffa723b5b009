"""PauseProcessing and ResumeProcessing: let no order start, on any process, and let them again."""

from collections.abc import Callable
from dataclasses import dataclass

from application.ports import Clock, OrderFlow
from domain.events import CLIENT, Actor
from domain.flow import Flow
from domain.rules import check_reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """By whom and why."""

    actor: Actor = CLIENT
    reason: str | None = None


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

        Raises InvalidOrder for a bad reason, and RepositoryError. After OutcomeUnknown the same
        call is safe to repeat.
        """
        if asked.reason is not None:
            check_reason(asked.reason)
        now = self._clock.now()
        flow = self._flow.change(lambda flow: flow.pause(now, asked.actor, asked.reason))
        self._wake()
        return flow


class ResumeProcessing:
    """`wake` has this process read the flow now; others notice within a sweep."""

    def __init__(self, flow: OrderFlow, wake: Callable[[], object]) -> None:
        self._flow = flow
        self._wake = wake

    def __call__(self) -> Flow:
        """The flow, paused no longer. Raises RepositoryError; safe to repeat."""
        flow = self._flow.change(Flow.resume)
        self._wake()
        return flow
