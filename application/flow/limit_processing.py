"""LimitProcessing: how fast orders may start, and how many may run, on all processes together."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from application.ports import OrderFlow
from domain.flow import Flow


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """All there are; None for none."""

    rate_per_second: Decimal | float | None
    at_once: int | None


class LimitProcessing:
    """`wake` has this process read the flow now; others notice within a sweep."""

    def __init__(self, flow: OrderFlow, wake: Callable[[], object]) -> None:
        self._flow = flow
        self._wake = wake

    def __call__(self, asked: Limits) -> Flow:
        """The flow, with these limits in place of those before.

        Raises InvalidLimit and RepositoryError; safe to repeat.
        """
        flow = self._flow.change(lambda flow: flow.limit(asked.rate_per_second, asked.at_once))
        self._wake()
        return flow
