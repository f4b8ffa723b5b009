"""How answers are written as JSON."""

import json
from typing import Any

from flask import Response
from flask.json.provider import JSONProvider

# Keys in alphabetical order, as in the specification's examples.
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


class AnswerJSON(JSONProvider):
    """One encoder for all answers; Flask's own provider makes a new one for each."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return ENCODER.encode(obj)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        document = self.dumps(self._prepare_response_obj(args, kwargs))
        # The newline puts a terminal's prompt on a line of its own.
        return Response(document + "\n", mimetype="application/json")

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        return json.loads(s, **kwargs)
