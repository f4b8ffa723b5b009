"""LimitProcessing: how fast orders may start, and how many may run, on all processes together."""

from collections.abc import Callable

from application.ports import OrderFlow
from domain.flow import Flow
from domain.limits import NO_LIMITS, Limits


class LimitProcessing:
    """`wake` has this process read the flow now; others notice within a sweep."""

    def __init__(self, flow: OrderFlow, wake: Callable[[], object]) -> None:
        self._flow = flow
        self._wake = wake

    def __call__(self, limits: Limits, user_limits: Limits = NO_LIMITS) -> Flow:
        """The flow, with these limits, of all and of each user, in place of those before.

        Raises RepositoryError; safe to repeat.
        """
        flow = self._flow.change(lambda flow: flow.limit(limits, user_limits))
        self._wake()
        return flow
