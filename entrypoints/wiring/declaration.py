"""How a setting is declared: a dataclass field that knows what it may be and what it means."""

import dataclasses
from dataclasses import dataclass
from typing import Any, TypeVar

from marshmallow import fields

from entrypoints.wiring.setting_fields import without_password

PREFIX = "ORDERS_"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A setting as it was declared; the default is text, as in the environment."""

    field: fields.Field[Any]
    default: str
    meaning: str

    @property
    def allowed(self) -> str:
        """The allowed values in words, for the error that a wrong one gets."""
        allowed: str = self.field.metadata["allowed"]
        return allowed

    def shown(self, text: str) -> str:
        """A value of it as an error may repeat it: without passwords, and no secret at all."""
        return "***" if self.field.metadata.get("secret") else without_password(text)


def setting(field: fields.Field[T], default: str, meaning: str) -> T:
    """Declare a setting: a dataclass field of the type that its text is read as."""
    declared: T = dataclasses.field(
        default=field.deserialize(default),
        metadata={"declaration": Declaration(field, default, meaning)},
    )
    return declared


def variable(name: str) -> str:
    """The environment variable of that field: ORDERS_PORT for port."""
    return f"{PREFIX}{name.upper()}"


def declarations(settings: type[Any]) -> dict[str, Declaration]:
    """The declaration of each field of that dataclass."""
    return {field.name: field.metadata["declaration"] for field in dataclasses.fields(settings)}
