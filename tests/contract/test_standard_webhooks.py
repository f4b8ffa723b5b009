"""MessageSignatures by Standard Webhooks: what is signed, and what is not believed."""

import pytest

from adapters.clock import ManualClock
from adapters.standard_webhooks import TOLERANCE_SECONDS, StandardWebhooks
from application.ports import BadSignature
from tests.harness.fulfilment import SECRET

BODY = b'{"test": 2432232314}'
OTHER = "whsec_" + "A" * 32


def signed(secret: str = SECRET) -> dict[str, str]:
    return StandardWebhooks(secret, ManualClock()).headers("msg_1", BODY)


def check(headers: dict[str, str], body: bytes = BODY, seconds: float = 0) -> None:
    clock = ManualClock()
    clock.advance(seconds=seconds)
    StandardWebhooks(SECRET, clock).check(headers, body)


def test_a_signature_is_that_of_other_implementations() -> None:
    """The example of the reference libraries."""
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    clock = ManualClock()
    clock.jump(seconds=1614265330 - clock.now().timestamp())

    StandardWebhooks(SECRET, clock).check(headers, BODY)

    assert StandardWebhooks(SECRET, clock).headers(headers["webhook-id"], BODY) == headers


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS, 0, TOLERANCE_SECONDS])
def test_clocks_may_differ(seconds: float) -> None:
    check(signed(), seconds=seconds)


@pytest.mark.parametrize("seconds", [-TOLERANCE_SECONDS - 1, TOLERANCE_SECONDS + 1])
def test_an_old_message_or_one_from_the_future_is_refused(seconds: float) -> None:
    with pytest.raises(BadSignature, match="over 300 s away"):
        check(signed(), seconds=seconds)


def test_another_body_is_refused() -> None:
    with pytest.raises(BadSignature, match="not that of this body"):
        check(signed(), BODY + b" ")


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp"])
def test_what_was_signed_beside_the_body_may_not_be_changed(name: str) -> None:
    headers = signed()

    with pytest.raises(BadSignature, match="not that of this body"):
        check(headers | {name: headers[name][:-1] + "9"})


def test_another_secret_is_refused() -> None:
    with pytest.raises(BadSignature, match="with our secret"):
        check(signed(OTHER))


def test_one_of_several_signatures_suffices() -> None:
    ours, other = signed()["webhook-signature"], signed(OTHER)["webhook-signature"]

    check(signed() | {"webhook-signature": f"{other} v1a,x {ours}"})


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_is_named(name: str) -> None:
    headers = signed()
    del headers[name]

    with pytest.raises(BadSignature, match=name):
        check(headers)


@pytest.mark.parametrize("sent_at", ["soon", "nan", "-1", "1e9", "9" * 5_000, "\u0661"])
def test_a_time_that_is_none_is_refused(sent_at: str) -> None:
    with pytest.raises(BadSignature, match="seconds since 1970"):
        check(signed() | {"webhook-timestamp": sent_at})


@pytest.mark.parametrize("signature", ["v1", "v1,", "v1,é", "\ud800", "v2,x", " "])
def test_a_signature_that_is_none_is_refused(signature: str) -> None:
    with pytest.raises(BadSignature):
        check(signed() | {"webhook-signature": signature})


def test_without_a_secret_nothing_is_believed() -> None:
    unsigned = StandardWebhooks("", ManualClock())

    with pytest.raises(BadSignature, match="ORDERS_FULFILMENT_SECRET is not set"):
        unsigned.check(unsigned.headers("msg_1", BODY), BODY)
