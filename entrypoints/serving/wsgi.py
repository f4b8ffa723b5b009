"""WSGI on ASGI: what Flask is called with, and what it begins its answer by."""

import sys
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from entrypoints.http.waiting import WAITS

KEYS_KEPT = 256  # clients choose the names: what is remembered of them has an end

_BASE: Mapping[str, Any] = {
    "SCRIPT_NAME": "",
    WAITS: True,
    "wsgi.errors": sys.stderr,
    "wsgi.input_terminated": True,  # a body without a length ends, too
    "wsgi.multiprocess": False,
    "wsgi.multithread": True,
    "wsgi.run_once": False,
    "wsgi.version": (1, 0),
}
_keys = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def environ_of(scope: Mapping[str, Any], body: bytes) -> dict[str, Any]:
    """A new environment, which the application may change; `scope` is that of an HTTP request.

    Values of a header that comes several times are joined. A name with an underscore is left out:
    it could pass for the same name with a hyphen.
    """
    environ = dict(_BASE)
    environ["REQUEST_METHOD"] = scope["method"]
    path: str = scope["path"]
    if not path.isascii():  # WSGI wants bytes as latin-1; `path` has replaced what is not UTF-8
        path = unquote_to_bytes(scope["raw_path"]).decode("latin-1")
    environ["PATH_INFO"] = path
    environ["QUERY_STRING"] = scope["query_string"].decode("latin-1")
    environ["SERVER_PROTOCOL"] = f"HTTP/{scope['http_version']}"
    environ["SERVER_NAME"], environ["SERVER_PORT"] = scope["server"]
    environ["REMOTE_ADDR"] = scope["client"][0]
    environ["wsgi.url_scheme"] = scope["scheme"]
    environ["wsgi.input"] = BytesIO(body)
    for name, value in scope["headers"]:
        key = _keys.get(name) or _key_of(name)
        if key in environ:
            separator = "; " if name == b"cookie" else ","
            environ[key] += separator + value.decode("latin-1")
        elif key:
            environ[key] = value.decode("latin-1")
    return environ


def _key_of(name: bytes) -> str:
    if b"_" in name:
        return ""
    key = "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
    if len(_keys) < KEYS_KEPT:
        _keys[name] = key
    return key


class StartResponse:
    """WSGI's start_response; keeps what it is given, as ASGI's message."""

    message: dict[str, Any] | None = None  # until it is called
    has_length = False  # without a length, the answer is a stream

    def __call__(
        self, status: str, headers: list[tuple[str, str]], exc_info: object = None
    ) -> None:
        encoded = [
            (name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers
        ]
        self.has_length = any(name == b"content-length" for name, _ in encoded)
        self.message = {
            "type": "http.response.start",
            "status": int(status[:3]),
            "headers": encoded,
        }
