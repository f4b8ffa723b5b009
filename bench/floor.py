"""The floor: what Flask itself costs on the service's server, with its settings.

POST /orders/ sends back the JSON that came; GET /hello says hello.
"""

import os
from collections.abc import Callable

from flask import Flask, request
from flask.typing import ResponseReturnValue

from entrypoints.serving.server import serve
from entrypoints.wiring.load_settings import load_settings


def create_app() -> Flask:
    """Two bare views."""
    app = Flask(__name__, static_folder=None)

    @app.post("/orders/")
    def echo() -> ResponseReturnValue:
        return request.get_json(), 201

    @app.get("/hello")
    def hello() -> ResponseReturnValue:
        return "hello"

    return app


def start_app(on_started: Callable[[], None]) -> tuple[Flask, Callable[[], None]]:
    """What the service's server asks for: an application, and its drain, which does nothing."""
    on_started()
    return create_app(), lambda: None


if __name__ == "__main__":
    settings = load_settings(os.environ, dotenv_path="")
    serve(settings, start_app, check=lambda: None, on_listening=lambda: None)
