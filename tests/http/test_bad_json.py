"""A body that is not one JSON object, read strictly, is refused, and nothing is stored."""

import pytest
from flask.testing import FlaskClient

from domain.totals import Totals
from tests.conftest import World
from tests.http.answers import error_of
from tests.http.bodies import BATCH, ORDER, body

ROUTES = {"/orders/": (ORDER, "user_id"), "/orders/populate": (BATCH, "total_entries")}

NO_OBJECT = (
    *("", " ", "null", "true", "1", "-1.5", '"text"', "[]", "{", "}", "{}{}", "[{}]"),
    *("{'total_entries': 4}", '{"total_entries": 4,}', "total_entries=4", "\0", "NaN"),
    *("[" * 100_000, '{"a":' * 100_000, "[" * 990 + "]" * 990),
)
NO_NUMBERS = (
    *("NaN", "Infinity", "-Infinity", "nan", "+1", "01", ".5", "1.", "0x10", "1_000"),
    *("9" * 5_000, "-" + "9" * 5_000, "9" * 500_000),
    *("1E+1000000000000000000", "1E-9999999999999999999", "0E" + "9" * 100),
)
NO_VALUES = (
    *("", "undefined", "'1'", '"\n"', '"\\x41"', '"\\ud80"', '"', "[1", '{"a": 1, "a": 1}'),
    *("[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000),
    *("[" * 990 + "]" * 990, '{"a":' * 990 + "1" + "}" * 990),
)
BAD_BYTES = {
    "invalid UTF-8": b"\xff",
    "cut off UTF-8": b"\xc3",
    "overlong UTF-8": b"\xc0\xaf",
    "a surrogate in UTF-8": b"\xed\xa0\x80",
    "latin-1": "é".encode("latin-1"),
}
BAD_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig")


def _cases() -> list[tuple[str, bytes]]:
    cases = [(path, text.encode()) for path in ROUTES for text in NO_OBJECT]
    for path, (valid, field) in ROUTES.items():
        cases += [
            (path, body(valid, **{field: text}).encode()) for text in (*NO_NUMBERS, *NO_VALUES)
        ]
        cases += [
            (path, body(valid, note='"?"').encode().replace(b"?", bad))
            for bad in BAD_BYTES.values()
        ]
        cases += [(path, body(valid).encode(encoding)) for encoding in BAD_ENCODINGS]
        cases += [(path, body(valid).replace("{", f'{{"{twice}": 7, ').encode()) for twice in valid]
        cases += [(path, body(valid).encode() + rest) for rest in (b"\0", b"x", b",", b"{}")]
    return cases


@pytest.mark.parametrize(("path", "sent"), _cases(), ids=lambda part: ascii(part[:60]))
def test_a_body_that_is_no_json_object_is_refused_and_nothing_is_stored(
    client: FlaskClient, world: World, path: str, sent: bytes
) -> None:
    answer = error_of(client.post(path, data=sent, content_type="application/json"))

    assert (answer.status, answer.code) == (400, "invalid_request")
    assert world.views.totals() == Totals()


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ("[]", "object"),
        ('{"user_id": NaN}', "NaN"),
        ('{"user_id": 1, "user_id": 1}', "twice"),
        ("[" * 100_000, "deep"),
        ("{", "line 1 column 2"),
    ],
    ids=["a list", "NaN", "duplicate key", "deep", "cut off"],
)
def test_the_error_says_what_is_wrong_with_the_body(
    client: FlaskClient, sent: str, hint: str
) -> None:
    answer = error_of(client.post("/orders/", data=sent, content_type="application/json"))

    assert hint in answer.error
