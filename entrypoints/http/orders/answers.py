"""Fields that several answers have, and how their values are written."""

from datetime import datetime, timedelta
from typing import Any

from marshmallow import fields


def time_field(example: str, **options: Any) -> fields.Field[Any]:
    """A moment."""
    return fields.String(metadata={"format": "date-time", "example": example}, **options)


def seconds_field(example: float, **options: Any) -> fields.Field[Any]:
    """A duration."""
    return fields.Float(metadata={"description": "in seconds", "example": example}, **options)


def time_text(moment: datetime | None) -> str | None:
    """With six decimals and its offset, in any case."""
    return None if moment is None else moment.isoformat(timespec="microseconds")


def seconds(duration: timedelta | None) -> float | None:
    """The number of seconds, where there is a duration."""
    return None if duration is None else duration.total_seconds()
