"""What all requests and answers have in common; the OpenAPI document uses their schemas."""

from typing import Any, ClassVar

from marshmallow import EXCLUDE, RAISE, Schema, fields


class RequestSchema(Schema):
    """A body; unknown fields are refused."""

    class Meta:
        unknown = RAISE


class QuerySchema(Schema):
    """A query; unknown parameters are ignored."""

    class Meta:
        unknown = EXCLUDE


class AnswerSchema(Schema):
    """Every key is always present, unless it is optional; later versions may add more."""

    class Meta:
        unknown = EXCLUDE  # so that the document neither forbids nor types other keys

    optional: ClassVar[frozenset[str]] = frozenset()
    headers: ClassVar[dict[str, Any]] = {}  # that come with it, for the OpenAPI document

    def on_bind_field(self, field_name: str, field_obj: fields.Field[Any]) -> None:
        field_obj.required = field_name not in self.optional


class ErrorSchema(AnswerSchema):
    """Every failure looks like this."""

    error = fields.String(metadata={"description": "one sentence, for people"})
    code = fields.String(
        metadata={"description": "for programs; codes do not change between versions"}
    )
    details = fields.Raw(
        metadata={"type": "object", "description": "facts; for a bad request, by field"}
    )
