"""Request bodies as text, so that a test can send what no JSON writer would write."""

import json
from collections.abc import Mapping

ORDER: Mapping[str, str] = {
    "user_id": "1",
    "order_id": '"ORD003"',
    "item_ids": "[101, 102, 103]",
    "total_amount": "59.99",
}
BATCH: Mapping[str, str] = {"total_entries": "4", "batch_id": '"B1"'}


def body(valid: Mapping[str, str], **changes: str | None) -> str:
    """A JSON object of these JSON values; a field that is changed to None is left out."""
    fields = {name: value for name, value in (dict(valid) | changes).items() if value is not None}
    return "{" + ", ".join(f"{json.dumps(name)}: {value}" for name, value in fields.items()) + "}"
