"""The body that creates an order.

HTTP checks types, the domain values. So `load` makes a NewOrder at once where there are the usual
fields and all types are right: in 1.5 us, where the schema's own load takes 18. When a type is
wrong, or the domain refuses a value (see operation.py), the schema lists every fault. It also
describes the body; all limits are those of domain/rules.py.
"""

from decimal import Decimal
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from application.orders.create_order import NewOrder
from domain import rules
from domain.errors import InvalidOrder
from entrypoints.http.orders.fields import ID_PATTERN, WHOLE, id_rules, moment_field, number_field
from entrypoints.http.schemas import RequestSchema

BAD_ITEMS_NAMED = 10
USUAL_FIELDS = len(NewOrder._fields) - len(NewOrder._field_defaults)


class _Amount(fields.Field[Decimal]):
    """A JSON number, exactly: an int, or a Decimal made from the digits that were sent."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Decimal:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValidationError("Not a valid number.")
        try:
            return rules.in_cents(Decimal(value))
        except InvalidOrder as error:
            raise ValidationError(error.problem) from error


_item_count = validate.Length(min=1, max=rules.MAX_ITEMS, error="Must have {min} to {max} items.")


class _ItemIds(fields.List[int]):
    """A list of numbers, of which the first bad ones are named: there may be very many."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise self.make_error("invalid")
        _item_count(value)
        bad = [
            position
            for position, item in enumerate(value)
            if type(item) is not int or not 0 <= item <= rules.MAX_NUMBER
        ]
        if bad:
            problem = f"Must be an integer from 0 to {rules.MAX_NUMBER}."
            raise ValidationError({position: [problem] for position in bad[:BAD_ITEMS_NAMED]})
        return tuple(value)


class NewOrderSchema(RequestSchema):
    """An order to be processed."""

    user_id = number_field(required=True, metadata={"description": WHOLE, "example": 1})
    order_id = fields.String(
        required=True,
        validate=[
            *id_rules(rules.ORDER_ID_LENGTH),
            validate.NoneOf(rules.RESERVED_IDS, error="Is reserved; choose another id."),
        ],
        metadata={"pattern": ID_PATTERN, "example": "ORD003"},
    )
    item_ids = _ItemIds(
        number_field(),
        required=True,
        validate=_item_count,
        metadata={"description": f"each {WHOLE}", "example": [101, 102, 103]},
    )
    total_amount = _Amount(
        required=True,
        metadata={
            "type": "number",
            "minimum": 0,
            "maximum": float(rules.MAX_AMOUNT),
            "description": "at most two decimals",
            "example": 59.99,
        },
    )
    not_before = moment_field("the order is not started earlier", allow_none=True)

    def load(self, data: Any, **options: Any) -> Any:
        """A NewOrder, its values perhaps unchecked: the domain checks them."""
        return _of_right_types(data) or super().load(data, **options)

    @post_load
    def _make(self, data: dict[str, Any], **_: Any) -> NewOrder:
        return NewOrder(**data)


def _of_right_types(document: dict[str, Any]) -> NewOrder | None:
    try:
        order_id, user_id = document["order_id"], document["user_id"]
        items, amount = document["item_ids"], document["total_amount"]
    except KeyError:
        return None
    # Exact types, because True is an int as well; fractions have been read as Decimal.
    if (
        len(document) == USUAL_FIELDS
        and type(order_id) is str
        and type(user_id) is int
        and type(items) is list
        and set(map(type, items)) <= {int}
        and type(amount) in {int, Decimal}
    ):
        return NewOrder(
            order_id=order_id,
            user_id=user_id,
            item_ids=tuple(items),
            total_amount=Decimal(amount),
        )
    return None
