"""Rules that several requests share; the limits are those of domain/rules.py."""

import re
from datetime import UTC, datetime
from typing import Any

from marshmallow import ValidationError, fields, validate

from domain import rules

# A + that was not encoded as %2B arrives as a space.
_RFC_3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:([Zz])|([-+ ])(\d\d:\d\d))", re.ASCII
)
WHOLE = "written without a fraction: 1, not 1.0"  # which JSON Schema would take for an integer
ID_PATTERN = f"{rules.ID_PATTERN}$"  # as JSON Schema writes it


def id_rules(length: int) -> list[validate.Validator]:
    """Validators of an id of up to `length` characters."""
    return [
        validate.Length(min=1, max=length),
        validate.Regexp(
            rf"{rules.ID_PATTERN}\Z",
            error="Must be of A-Z a-z 0-9 . _ : ~ - and start with a letter or a digit.",
        ),
    ]


class _Moment(fields.Field[datetime]):
    """A time in the form of RFC 3339, with its offset from UTC."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> datetime:
        found = _RFC_3339.fullmatch(value) if isinstance(value, str) else None
        try:
            if found is None:
                raise ValueError(value)
            date, time, is_utc, sign, offset = found.groups()
            zone = "+00:00" if is_utc else sign.replace(" ", "+") + offset
            return datetime.fromisoformat(f"{date}T{time}{zone}").astimezone(UTC)
        except (ValueError, OverflowError) as error:  # no such day, or none in UTC
            raise ValidationError(
                "Must be a time with its offset, as 2025-02-21T15:00:17Z or"
                " 2025-02-21T16:00:17.000000+01:00."
            ) from error


def moment_field(meaning: str, **options: Any) -> fields.Field[Any]:
    """A time; `meaning` is for the documentation."""
    return _Moment(
        **options,
        metadata={
            "type": "string",
            "format": "date-time",
            "description": f"{meaning}; with its offset",
            "example": "2025-02-21T15:00:17Z",
        },
    )


def number_field(**options: Any) -> fields.Integer:
    """An id that is a number."""
    in_range = validate.Range(min=0, max=rules.MAX_NUMBER)
    return fields.Integer(strict=True, validate=in_range, **options)


def id_prefix_field() -> fields.String:
    """The beginning of the ids that are wanted."""
    return fields.String(
        validate=id_rules(rules.ORDER_ID_LENGTH),
        metadata={
            "pattern": ID_PATTERN,
            "description": "only orders whose order_id begins so",
            "example": "ORD",
        },
    )
