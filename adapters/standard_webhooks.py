"""MessageSignatures by Standard Webhooks 1.0: HMAC-SHA256 of id, time and body."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from application.ports import BadSignature, Clock

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300  # of a message's age, either way: clocks differ


class StandardWebhooks:
    """With one secret, "whsec_" and base64; with none (""), nothing can be signed or checked.

    Raises ValueError for a secret that is not base64.
    """

    def __init__(self, secret: str, clock: Clock) -> None:
        self._key = decode_secret(secret)
        self._clock = clock

    def headers(self, message_id: str, body: bytes) -> dict[str, str]:
        sent_at = str(int(self._clock.now().timestamp()))
        return {
            "webhook-id": message_id,
            "webhook-timestamp": sent_at,
            "webhook-signature": self._sign(message_id, sent_at, body).decode(),
        }

    def check(self, headers: Mapping[str, str], body: bytes) -> None:
        if not self._key:
            raise BadSignature("no signature is accepted: ORDERS_FULFILMENT_SECRET is not set")
        message_id, sent_at, signatures = (
            headers.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature")
        )
        if not (message_id and sent_at and signatures):
            raise BadSignature("sign it: webhook-id, webhook-timestamp and webhook-signature")
        if not (sent_at.isascii() and sent_at.isdigit() and len(sent_at) <= len("9999999999")):
            raise BadSignature("webhook-timestamp must be in seconds since 1970")
        right = self._sign(message_id, sent_at, body)
        # While its secret is changed, a sender signs with the old one and the new one.
        if not any(hmac.compare_digest(right, _bytes(each)) for each in signatures.split(" ")):
            raise BadSignature("webhook-signature is not that of this body with our secret")
        if abs(self._clock.now().timestamp() - int(sent_at)) > TOLERANCE_SECONDS:
            raise BadSignature(
                f"webhook-timestamp is over {TOLERANCE_SECONDS} s away from the time here"
            )

    def _sign(self, message_id: str, sent_at: str, body: bytes) -> bytes:
        signed = _bytes(f"{message_id}.{sent_at}.") + body
        return b"v1," + base64.b64encode(hmac.digest(self._key, signed, hashlib.sha256))


def _bytes(header: str) -> bytes:
    return header.encode(errors="replace")  # it may hold anything


def decode_secret(secret: str) -> bytes:
    """The key that it stands for. Raises ValueError."""
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("the secret is not base64") from error
