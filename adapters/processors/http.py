"""OrderProcessor that has orders done by a fulfilment system: it POSTs each, signed, over HTTP."""

import asyncio
import json
import uuid
from typing import Any

from aiohttp import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from aiohttp.client_exceptions import ConnectionTimeoutError, ServerDisconnectedError

from adapters.processors.http_answers import BODY_BYTES, Answer, result_of
from application.ports import (
    Accepted,
    AttemptFailed,
    Clock,
    MessageSignatures,
    ProcessorUnavailable,
)
from domain.order import Order

MESSAGE_IDS = uuid.UUID("6f0f7f3e-9d0c-4f0b-8a51-6a3d2c1b5e47")


class HttpProcessor:
    """An answer is judged by http_answers.py; where none comes, the attempt has failed.

    But where the system was not even reached, it was unavailable. `connect_seconds` is the limit to
    reach the system, `answer_seconds` that of it all. Connections are kept for the next orders of
    the same event loop.
    """

    def __init__(
        self,
        url: str,
        signatures: MessageSignatures,
        clock: Clock,
        connect_seconds: float,
        answer_seconds: float,
    ) -> None:
        self._url = url
        self._signatures = signatures
        self._clock = clock
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._session: ClientSession | None = None  # made in the event loop that it belongs to

    async def process(self, order: Order) -> Accepted | None:
        return result_of(await self._ask(order), self._clock.now())

    async def close(self) -> None:
        """Give up all connections, in the event loop that they belong to."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _ask(self, order: Order) -> Answer:
        try:
            async with asyncio.timeout(self._answer_seconds):
                return await self._post(order)
        except ConnectionTimeoutError as error:
            raise ProcessorUnavailable(
                f"the fulfilment system cannot be reached within {self._connect_seconds:g} s"
            ) from error
        except TimeoutError as error:
            raise AttemptFailed(
                f"the fulfilment system did not answer within {self._answer_seconds:g} s"
            ) from error
        except ServerDisconnectedError as error:
            raise AttemptFailed("the fulfilment system hung up without an answer") from error
        except ClientConnectorError as error:
            raise ProcessorUnavailable("the fulfilment system cannot be reached") from error
        except ClientConnectionError as error:  # broken off: the order may be what broke it
            raise AttemptFailed("the connection to the fulfilment system broke") from error
        except ClientError as error:
            raise AttemptFailed(
                "the fulfilment system's answer broke off, or is not HTTP"
            ) from error

    async def _post(self, order: Order) -> Answer:
        body = json.dumps(_document(order)).encode()
        message_id = f"msg_{uuid.uuid5(MESSAGE_IDS, f'{order.order_id}/{order.attempt}').hex}"
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "order-service",
            "Idempotency-Key": order.order_id,
        } | self._signatures.headers(message_id, body)
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=0),  # there are as many as workers
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None, connect=self._connect_seconds),
                auto_decompress=False,
            )
        async with self._session.post(
            self._url, data=body, headers=headers, allow_redirects=False
        ) as response:
            return Answer(
                status=response.status,
                retry_after=response.headers.get("Retry-After"),
                content_type=response.content_type,
                body=await _beginning_of(response),
            )


async def _beginning_of(response: ClientResponse) -> bytes:
    """No more than BODY_BYTES; what is left unread costs the connection."""
    body = bytearray()
    while len(body) < BODY_BYTES and (some := await response.content.read(BODY_BYTES - len(body))):
        body += some
    return bytes(body)


def _document(order: Order) -> dict[str, Any]:
    return {
        "order_id": order.order_id,
        "user_id": order.user_id,
        "item_ids": order.item_ids,
        "total_amount": float(order.total_amount),  # exact: a float shows 15 digits, it has 12
        "created_at": order.created_at.isoformat(timespec="microseconds"),
        "attempt": order.attempt,
    }
