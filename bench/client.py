"""Client: requests that must succeed, and how long they take."""

import time

from bench import BenchFailed
from tests.harness import client


class Client(client.Client):
    """Raises BenchFailed on any answer but a 2xx."""

    def seconds(self, path: str) -> float:
        """How long a GET of the path takes."""
        began = time.perf_counter()
        self.send("GET", path)
        return time.perf_counter() - began

    def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        status, answer = super().send(method, path, body)
        if status // 100 != 2:  # noqa: PLR2004
            raise BenchFailed(f"{method} {path} was answered {status}: {answer[:200]!r}")
        return status, answer
