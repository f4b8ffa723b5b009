"""The query of a list of orders: its filters, its order, and where it goes on."""

import re
from typing import Any

from marshmallow import RAISE, ValidationError, fields, post_load, pre_load, validate
from werkzeug.datastructures import MultiDict

from application.ports import OrderFilter
from application.views.list_orders import ListQuery
from domain import rules
from domain.transitions import OrderStatus
from entrypoints.http.orders.fields import id_prefix_field, moment_field
from entrypoints.http.schemas import QuerySchema

MAX_LIMIT = 200
NEWEST, OLDEST = "newest", "oldest"


class _Digits(fields.Integer):
    """An integer as digits alone: int() takes spaces, signs, underscores and other scripts' too."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> int:
        if not re.fullmatch("[0-9]{1,16}", value):
            raise self.make_error("invalid")
        return super()._deserialize(value, *args, **kwargs)


def _one_of(*choices: str) -> validate.Validator:
    return validate.OneOf(choices, error="Must be one of: {choices}.")


class ListQuerySchema(QuerySchema):
    """Which orders to list. A filter that is misspelled or repeated is refused, not ignored."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "Unknown parameter."}  # noqa: RUF012  # as marshmallow has it

    limit = _Digits(
        load_default=50,
        validate=validate.Range(min=1, max=MAX_LIMIT),
        metadata={"description": "orders in a page, at most", "example": 50},
    )
    status = fields.String(
        validate=_one_of(*OrderStatus),
        metadata={"description": "only orders in this status", "example": "Failed"},
    )
    user_id = _Digits(
        validate=validate.Range(min=0, max=rules.MAX_NUMBER),
        metadata={"description": "only orders of this user", "example": 1},
    )
    created_after = moment_field("only orders that were created after this moment, not at it")
    created_before = moment_field("only orders that were created before this moment, not at it")
    id_prefix = id_prefix_field()
    order = fields.String(
        load_default=NEWEST,
        validate=_one_of(NEWEST, OLDEST),
        metadata={"description": "by creation: the newest or the oldest first"},
    )
    cursor = fields.String(
        metadata={"description": "the next_cursor of the page before, with the same filters"},
    )

    @pre_load
    def _refuse_repeated(self, sent: MultiDict[str, str], **_: Any) -> dict[str, str]:
        repeated = {name: ["Is there twice."] for name in sent if len(sent.getlist(name)) > 1}
        if repeated:
            raise ValidationError(repeated)
        return sent.to_dict()

    @post_load
    def _make(self, loaded: dict[str, Any], **_: Any) -> dict[str, ListQuery]:
        status = loaded.get("status")
        wanted = OrderFilter(
            status=None if status is None else OrderStatus(status),
            **{name: loaded.get(name) for name in OrderFilter._fields if name != "status"},
        )
        return {
            "query": ListQuery(
                wanted=wanted,
                newest_first=loaded["order"] == NEWEST,
                limit=loaded["limit"],
                cursor=loaded.get("cursor"),
            )
        }
