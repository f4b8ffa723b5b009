"""Unknown addresses, wrong methods, and bodies that are too large or of another type."""

import gzip
import io
import re

import pytest
from flask.testing import FlaskClient

from domain.rules import RESERVED_IDS
from domain.totals import Totals
from tests.conftest import World
from tests.http.answers import error_of
from tests.http.bodies import BATCH, ORDER, body

MEBIBYTE = 1024 * 1024
WITHOUT_ROUTE = sorted(RESERVED_IDS - {"metrics", "populate", "batch", "retry"})
INTAKES = [("/orders/", body(ORDER)), ("/orders/populate", body(BATCH))]

intake = pytest.mark.parametrize(("path", "sent"), INTAKES, ids=["create", "populate"])


@pytest.mark.parametrize(
    "name",
    [
        *(
            "ORD404",
            "ord003",
            "ORD003.",
            "-",
            ".",
            "~",
            "x;y",
            "x=y",
            "a" * 64,
            "a" * 65,
            "a" * 5_000,
        ),
        *("%00", "%ff", "%C3", "%ED%A0%80", "%E2%80%A8", "é", "ORD003%0a", "ORD003%20", "%20"),
        *("%", "%zz", "%25", "%2e", "%2e%2e", "null", "0", "-1", "%7B%7D", "<x>", "'--"),
    ],
    ids=lambda name: name[:10],
)
def test_an_unknown_order_is_not_found(client: FlaskClient, name: str) -> None:
    client.post("/orders/", data=body(ORDER), content_type="application/json")

    answer = error_of(client.get(f"/orders/{name}"))

    assert (answer.status, answer.code, answer.error) == (404, "order_not_found", "Order not found")


@pytest.mark.parametrize(
    "path",
    [
        *("/nope", "/orders/ORD003//", "/orders/ORD003/x", "/orders/metrics/x", "/order"),
        *("/orders//ORD003", "//orders/ORD003", "/ORDERS/ORD003"),
        *("/orders/a%2Fb", "/orders/%2F", "/orders/%2F%2F"),
        *("/%00", "/%ff", "/é", "/orders/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"),
        *(
            "/docs/nope",
            "/docs/%2e%2e/%2e%2e/pyproject.toml",
            "/static/x",
        ),
    ],
)
def test_an_unknown_path_is_not_found(client: FlaskClient, path: str) -> None:
    client.post("/orders/", data=body(ORDER), content_type="application/json")

    answer = error_of(client.get(path))

    assert (answer.status, answer.code) == (404, "not_found")


def test_only_the_documented_path_creates_an_order(client: FlaskClient, world: World) -> None:
    client.post("/orders//", data=body(ORDER), content_type="application/json")

    assert world.views.totals() == Totals()


def test_the_error_of_an_unknown_path_is_one_sentence(client: FlaskClient) -> None:
    answer = error_of(client.get("/nope"))

    assert not re.search(r"[.!?]\s+\S", answer.error)


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/orders/", {"GET", "POST"}),
        ("PATCH", "/orders", {"GET", "POST"}),
        ("DELETE", "/orders/", {"GET", "POST"}),
        ("POST", "/orders/ORD003", {"GET"}),
        ("PUT", "/orders/ORD003", {"GET"}),
        ("DELETE", "/orders/ORD003", {"GET"}),
        ("PATCH", "/orders/ORD003", {"GET"}),
        ("TRACE", "/orders/ORD003", {"GET"}),
        ("BREW", "/orders/ORD003", {"GET"}),
        ("POST", "/orders/metrics", {"GET"}),
        ("PUT", "/orders/populate", {"POST"}),
        ("GET", "/orders/populate", {"POST"}),
        ("GET", "/orders/populate/", {"POST"}),
        ("GET", "/orders/batch", {"POST"}),
        ("GET", "/orders/retry", {"POST"}),
        *(("GET", f"/orders/{word}", set()) for word in WITHOUT_ROUTE),
        ("POST", "/healthz", {"GET"}),
        ("POST", "/readyz", {"GET"}),
        ("POST", "/openapi.json", {"GET"}),
        ("POST", "/docs/", {"GET"}),
    ],
)
def test_the_answer_to_a_wrong_method_lists_the_right_ones(
    client: FlaskClient, method: str, path: str, allowed: set[str]
) -> None:
    response = client.open(path, method=method)

    answer = error_of(response)
    assert (answer.status, answer.code) == (405, "method_not_allowed")
    listed = set(response.headers["Allow"].split(", "))
    assert listed - {"HEAD", "OPTIONS"} == allowed
    assert set(client.options(path).headers["Allow"].split(", ")) == listed


@intake
def test_a_body_of_over_a_mebibyte_is_too_large(
    client: FlaskClient, world: World, path: str, sent: str
) -> None:
    padded = sent.ljust(MEBIBYTE + 1)

    answer = error_of(client.post(path, data=padded, content_type="application/json"))

    assert (answer.status, answer.code) == (413, "request_entity_too_large")
    assert world.views.totals() == Totals()


@intake
def test_a_body_of_unknown_length_is_too_large_all_the_same(
    client: FlaskClient, path: str, sent: str
) -> None:
    response = client.post(
        path,
        input_stream=io.BytesIO(sent.ljust(MEBIBYTE + 1).encode()),
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},  # as servers say of a chunked body
    )

    assert error_of(response).status == 413


@intake
def test_a_body_that_breaks_off_is_refused_even_if_it_looks_whole(
    client: FlaskClient, world: World, path: str, sent: str
) -> None:
    response = client.post(
        path,
        input_stream=io.BytesIO(sent.encode()),
        content_type="application/json",
        environ_overrides={"CONTENT_LENGTH": str(len(sent) + 1)},
    )

    assert error_of(response).status == 400
    assert world.views.totals() == Totals()


@intake
@pytest.mark.parametrize(
    "content_type",
    [
        *(None, "", "garbage", "text/plain", "text/json", "application/jsonp", "application/xml"),
        *("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "*/*"),
    ],
)
def test_only_json_is_a_supported_media_type(
    client: FlaskClient, world: World, content_type: str | None, path: str, sent: str
) -> None:
    answer = error_of(client.post(path, data=sent, content_type=content_type))

    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert world.views.totals() == Totals()


@intake
@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip"])
def test_a_compressed_body_is_no_supported_media_type(
    client: FlaskClient, encoding: str, path: str, sent: str
) -> None:
    response = client.post(
        path,
        data=gzip.compress(sent.encode()),
        content_type="application/json",
        headers={"Content-Encoding": encoding},
    )

    answer = error_of(response)
    assert (answer.status, answer.code) == (415, "unsupported_media_type")
    assert encoding in answer.error


def test_a_long_id_is_cut_in_the_answer(client: FlaskClient) -> None:
    answer = error_of(client.get(f"/orders/{'a' * 5_000}"))

    assert answer.details == {"order_id": "a" * 100 + "…"}
