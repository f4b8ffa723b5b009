"""How answers are written as JSON."""

import json
from typing import Any

from flask import Response
from flask.json.provider import JSONProvider

# Keys in alphabetical order, as in the specification's examples.
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class AnswerJSON(JSONProvider):
    """Keeps its encoder; Flask's own makes one for every answer."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return ENCODER.encode(obj)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        document = self.dumps(self._prepare_response_obj(args, kwargs))
        return Response(document + "\n", mimetype="application/json")  # a terminal wants its line

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return json.loads(s, **kwargs)
