"""The part of an address that names an order."""

from marshmallow import Schema, fields


class OrderPathSchema(Schema):
    """The address of an order. It only describes: an id of another form is just not found."""

    order_id = fields.String(required=True, metadata={"example": "ORD003"})
