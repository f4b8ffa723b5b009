"""Rules that several requests share; the limits are those of domain/rules.py."""

from marshmallow import validate

from domain import rules

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
