"""How answers are written as JSON."""

import json
from typing import Any

from flask.json.provider import JSONProvider

# Keys in alphabetical order, as in the specification's examples.
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class AnswerJSON(JSONProvider):
    """Keeps its encoder; Flask's own makes one for every answer."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return _ENCODER.encode(obj)

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return json.loads(s, **kwargs)
