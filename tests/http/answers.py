"""What every answer that is an error must look like."""

import re
from dataclasses import dataclass
from typing import Any

from werkzeug.test import TestResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorAnswer:
    """An error that has the one shape."""

    status: int
    error: str
    code: str
    details: dict[str, Any]

    def names(self, field: str) -> bool:
        """Whether it blames this field, to people and to programs."""
        return self.error.startswith(f"{field}: ") and field in self.details


def error_of(response: TestResponse) -> ErrorAnswer:
    """The error that was answered; fails unless it is JSON, of the one shape, for a 4xx or 5xx."""
    assert response.status_code >= 400, response.get_data(as_text=True)
    assert response.mimetype == "application/json"
    answer = ErrorAnswer(status=response.status_code, **response.get_json())
    assert isinstance(answer.error, str)
    assert answer.error.strip()
    assert isinstance(answer.code, str)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", answer.code)
    assert isinstance(answer.details, dict)
    return answer
