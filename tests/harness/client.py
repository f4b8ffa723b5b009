"""Client: requests to a server on this machine, one at a time, on a kept connection."""

import json
from http.client import HTTPConnection
from typing import Any, Self

from tests.harness.waits import LIMIT_SECONDS

JSON = {"Content-Type": "application/json"}


class Client:
    """Not thread-safe. After an error the next request connects again."""

    def __init__(self, port: int, timeout_seconds: float = LIMIT_SECONDS) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)

    def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """The status and the body of the answer; raises OSError and HTTPException."""
        data = None if body is None else json.dumps(body).encode()
        try:
            self._connection.request(method, path, data, JSON if data else {})
            with self._connection.getresponse() as response:
                return response.status, response.read()
        except BaseException:
            self.close()
            raise

    def get(self, path: str) -> tuple[int, Any]:
        """The status and the JSON that is answered."""
        status, answer = self.send("GET", path)
        return status, json.loads(answer)

    def post(self, path: str, body: object) -> tuple[int, Any]:
        """The status and the JSON that is answered."""
        status, answer = self.send("POST", path, body)
        return status, json.loads(answer)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
