"""Client: single requests on a connection that is kept, timed where that matters."""

import http.client
import json
import time
from typing import Any

from bench.processes import BenchFailed

TIMEOUT_SECONDS = 60.0
JSON = {"Content-Type": "application/json"}


def example_order(order_id: str) -> dict[str, object]:
    """The order of the documentation's examples, under another id."""
    return {"user_id": 1, "order_id": order_id, "item_ids": [101, 102, 103], "total_amount": 59.99}


class Client:
    """Speaks to one server on this machine; any answer but a 2xx is a BenchFailed."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)

    def get(self, path: str) -> Any:
        """The JSON that the server answers."""
        return json.loads(self._ask("GET", path))

    def post(self, path: str, body: object) -> Any:
        """The JSON that the server answers."""
        return json.loads(self._ask("POST", path, json.dumps(body)))

    def seconds(self, path: str) -> float:
        """How long a GET takes."""
        began = time.perf_counter()
        self._ask("GET", path)
        return time.perf_counter() - began

    def accepts(self, order_id: str) -> bool:
        """Whether a server is there and takes an order."""
        try:
            self.post("/orders/", example_order(order_id))
        except OSError:
            self.close()
            return False
        return True

    def close(self) -> None:
        """Hang up; the next request connects again."""
        self.connection.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> bytes:
        self.connection.request(method, path, body, JSON)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status // 100 != 2:  # noqa: PLR2004
            raise BenchFailed(f"{method} {path} was answered {response.status}: {answer[:200]!r}")
        return answer
