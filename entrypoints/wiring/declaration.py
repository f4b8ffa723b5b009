"""How a setting is declared: a dataclass field that knows what it may be and what it means."""

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

from marshmallow import fields

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declaration:
    """What is known of a setting; the default is text, as in the environment."""

    field: fields.Field[Any]
    default: str
    meaning: str

    @property
    def allowed(self) -> str:
        """What the setting may be, in words, for the error that a wrong value gets."""
        allowed: str = self.field.metadata["allowed"]
        return allowed


def setting(field: fields.Field[T], default: str, meaning: str) -> T:
    """A field for a dataclass, typed as what is read from its text."""
    declared: T = dataclasses.field(
        default=field.deserialize(default),
        metadata={"declaration": Declaration(field, default, meaning)},
    )
    return declared


def declarations(settings: type[Any]) -> dict[str, Declaration]:
    """The declaration of each field of that dataclass."""
    return {field.name: field.metadata["declaration"] for field in dataclasses.fields(settings)}
