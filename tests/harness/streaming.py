"""A Flask application on the service's server whose answers are streams; run it as a module.

GET /listen says hello, and waits for news; POST /news tells all listeners, and ends their answers.
GET /endless never ends. GET /counts says how many listen, and how many pieces were pulled.
"""

import os
import threading
from collections.abc import Callable, Iterator

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from entrypoints.http.waiting import Wait, waiting
from entrypoints.serving.server import serve
from entrypoints.wiring.load_settings import load_settings

HOUR_SECONDS = 3_600.0
PIECE = b"x" * 64 * 1024


class Listeners:
    """Who waits for news. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waits: set[Wait] = set()
        self.pulled = 0  # endless pieces; by one client at a time

    def __len__(self) -> int:
        return len(self._waits)

    def listen(self) -> Iterator[bytes | Wait]:
        wait = Wait(HOUR_SECONDS)
        with self._lock:
            self._waits.add(wait)
        try:
            yield b"hello\n"
            yield wait
            yield b"news\n"
        finally:
            with self._lock:
                self._waits.discard(wait)

    def tell(self) -> None:
        with self._lock:
            waits = list(self._waits)
        for wait in waits:
            wait.wake()

    def endless(self) -> Iterator[bytes]:
        while True:
            self.pulled += 1
            yield PIECE


def create_app() -> Flask:
    """The four routes, on no database."""
    app = Flask(__name__, static_folder=None)
    listeners = Listeners()

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return {"status": "ok"}

    @app.get("/listen")
    def listen() -> ResponseReturnValue:
        return Response(waiting(listeners.listen()), mimetype="text/event-stream")

    @app.post("/news")
    def news() -> ResponseReturnValue:
        listeners.tell()
        return {"told": request.get_json()}

    @app.get("/endless")
    def endless() -> ResponseReturnValue:
        return Response(listeners.endless(), mimetype="text/plain")

    @app.get("/counts")
    def counts() -> ResponseReturnValue:
        return {"listeners": len(listeners), "pulled": listeners.pulled}

    return app


def start_app(on_started: Callable[[], None]) -> tuple[Flask, Callable[[], None]]:
    """What the service's server asks for: an application, and its drain, which does nothing."""
    on_started()
    return create_app(), lambda: None


if __name__ == "__main__":
    settings = load_settings(os.environ, dotenv_path="")
    serve(settings, start_app, check=lambda: None, on_listening=lambda: None)
