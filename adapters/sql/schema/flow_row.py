"""The flow as the row of `order_flow`, and back."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from adapters.sql.schema.rows import from_us, from_us_or_none, to_us, to_us_or_none
from domain.events import Actor
from domain.flow import RATE_DECIMALS, Flow

_SECONDS = 10**RATE_DECIMALS  # in which the number of starts is a whole one


class FlowRow(NamedTuple):
    """The row of `order_flow`; times are in microseconds since 1970."""

    paused_at: int | None
    paused_by: str | None
    pause_reason: str | None
    rate_per_1000_s: int | None
    at_once: int | None
    used_until: int


def flow_to_row(flow: Flow) -> FlowRow:
    """The flow as it is stored."""
    rate = flow.rate_per_second
    return FlowRow(
        paused_at=to_us_or_none(flow.paused_at),
        paused_by=None if flow.paused_by is None else str(flow.paused_by),
        pause_reason=flow.pause_reason,
        rate_per_1000_s=None if rate is None else round(rate * _SECONDS),
        at_once=flow.at_once,
        used_until=to_us(flow.used_until),
    )


def to_flow(values: Iterable[Any]) -> Flow:
    """The flow in the row."""
    row = FlowRow(*values)
    return Flow(
        paused_at=from_us_or_none(row.paused_at),
        paused_by=None if row.paused_by is None else Actor.parse(row.paused_by),
        pause_reason=row.pause_reason,
        rate_per_second=None if row.rate_per_1000_s is None else row.rate_per_1000_s / _SECONDS,
        at_once=row.at_once,
        used_until=from_us(row.used_until),
    )
