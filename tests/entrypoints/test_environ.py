"""The WSGI environment that Flask gets from a request."""

from typing import Any

import pytest

from entrypoints.serving.wsgi import KEYS_KEPT, environ_of

SCOPE: dict[str, Any] = {
    "method": "POST",
    "path": "/orders/",
    "raw_path": b"/orders/",
    "query_string": b"a=1&b=%20",
    "http_version": "1.1",
    "server": ("127.0.0.1", "5000"),
    "client": ("10.0.0.1", "40000"),
    "scheme": "http",
    "headers": [(b"host", b"here"), (b"content-type", b"application/json")],
}


def environ(body: bytes = b"", **changes: object) -> dict[str, Any]:
    return environ_of(SCOPE | changes, body)


def test_it_says_what_was_asked_for_and_by_whom() -> None:
    given = environ(b"{}")

    expected = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/orders/",
        "QUERY_STRING": "a=1&b=%20",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "5000",
        "REMOTE_ADDR": "10.0.0.1",
        "CONTENT_TYPE": "application/json",
        "HTTP_HOST": "here",
        "wsgi.url_scheme": "http",
    }
    assert given.items() >= expected.items()
    assert given["wsgi.input"].read() == b"{}"


@pytest.mark.parametrize(
    ("raw", "decoded", "path"),
    [
        (b"/%C3%A9", "/é", "/Ã©"),
        (b"/%ff", "/\N{REPLACEMENT CHARACTER}", "/ÿ"),
        (b"/%00", "/\0", "/\0"),
    ],
)
def test_a_path_is_bytes_as_latin_1(raw: bytes, decoded: str, path: str) -> None:
    assert environ(path=decoded, raw_path=raw)["PATH_INFO"] == path


def test_a_header_that_comes_twice_is_joined() -> None:
    headers = [(b"x-a", b"1"), (b"cookie", b"a=1"), (b"x-a", b"2"), (b"cookie", b"b=2")]

    given = environ(headers=headers)

    assert (given["HTTP_X_A"], given["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")


def test_a_header_cannot_pass_for_another_by_an_underscore() -> None:
    given = environ(headers=[(b"x-real-ip", b"1.1.1.1"), (b"x_real_ip", b"6.6.6.6")])

    assert given["HTTP_X_REAL_IP"] == "1.1.1.1"
    assert "" not in given


def test_ever_new_names_of_headers_are_all_read() -> None:
    names = [b"x-%d" % number for number in range(2 * KEYS_KEPT)]

    given = environ(headers=[(name, b"1") for name in names])

    assert all(given[f"HTTP_X_{number}"] == "1" for number in range(2 * KEYS_KEPT))
