"""The flow as the row of `order_flow`, and back."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from adapters.sql.schema.rows import from_us, from_us_or_none, to_us, to_us_or_none
from domain.events import Actor
from domain.flow import Flow
from domain.limits import RATE_DECIMALS, Limits

_SECONDS = 10**RATE_DECIMALS  # in which the number of starts is a whole one


class FlowRow(NamedTuple):
    """The row of `order_flow`; times are in microseconds since 1970."""

    paused_at: int | None
    paused_by: str | None
    pause_reason: str | None
    rate_per_1000_s: int | None
    at_once: int | None
    used_until: int
    user_rate_per_1000_s: int | None
    user_at_once: int | None


def flow_to_row(flow: Flow) -> FlowRow:
    """The flow as it is stored."""
    return FlowRow(
        paused_at=to_us_or_none(flow.paused_at),
        paused_by=None if flow.paused_by is None else str(flow.paused_by),
        pause_reason=flow.pause_reason,
        rate_per_1000_s=_stored(flow.limits.rate_per_second),
        at_once=flow.limits.at_once,
        used_until=to_us(flow.used_until),
        user_rate_per_1000_s=_stored(flow.user_limits.rate_per_second),
        user_at_once=flow.user_limits.at_once,
    )


def to_flow(values: Iterable[Any]) -> Flow:
    """The flow in the row."""
    row = FlowRow(*values)
    return Flow(
        paused_at=from_us_or_none(row.paused_at),
        paused_by=None if row.paused_by is None else Actor.parse(row.paused_by),
        pause_reason=row.pause_reason,
        limits=_limits(row.rate_per_1000_s, row.at_once),
        user_limits=_limits(row.user_rate_per_1000_s, row.user_at_once),
        used_until=from_us(row.used_until),
    )


def _stored(rate_per_second: float | None) -> int | None:
    return None if rate_per_second is None else round(rate_per_second * _SECONDS)


def _limits(rate_per_1000_s: int | None, at_once: int | None) -> Limits:
    rate = None if rate_per_1000_s is None else rate_per_1000_s / _SECONDS
    return Limits(rate_per_second=rate, at_once=at_once)
