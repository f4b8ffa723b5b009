"""What comes of an order by what the fulfilment system answered."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import NamedTuple

from application.ports import Accepted, AttemptFailed, OrderRejected, RetryLater

BODY_BYTES = 64 * 1024  # the most that is read of an answer
REASON_KEYS = ("reason", "error", "detail", "message", "title")
REASON_LENGTH = 200
DAY_SECONDS = 86_400
SHORTEST_WAIT = timedelta(seconds=1)  # "now", or a clock that is ahead, would have us try at once

BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}
# Said by what stands before a fulfilment system that is down.
GATEWAY = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
TEMPORARY = BUSY | {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY}


class Answer(NamedTuple):
    """As it came, with the beginning of its body."""

    status: int
    retry_after: str | None = None
    content_type: str = ""
    body: bytes = b""


def result_of(answer: Answer, now: datetime) -> Accepted | None:
    """None when the work is done; else as OrderProcessor.process says.

    What says when it has time again counts as no failure; other temporary answers do.
    """
    status = answer.status
    said = f"the fulfilment system answered {status}"
    if status == HTTPStatus.ACCEPTED:
        return Accepted()
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise OrderRejected(f"{said}, a redirect, and none is followed")
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in TEMPORARY:
        raise OrderRejected(_reason(answer) or said)
    wait = _wait(answer.retry_after, now)
    if status in BUSY and wait is not None:
        raise RetryLater(said, max(wait, SHORTEST_WAIT))
    raise AttemptFailed(said, wait or timedelta(0), answered=status not in GATEWAY)


def _wait(retry_after: str | None, now: datetime) -> timedelta | None:
    """From seconds or a date, up to a day; None for neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), DAY_SECONDS))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # of its text, or its offset
        return None
    if moment.tzinfo is None:  # "-0000", which is UTC as well
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), timedelta(seconds=DAY_SECONDS))


def _reason(answer: Answer) -> str:
    """The first line of what the body gives as the reason; empty when it gives none."""
    text = answer.body.decode("utf-8", "replace")
    if answer.content_type.endswith("json"):
        text = _reason_in_json(text)
    elif answer.content_type != "text/plain":  # a page for people, say
        return ""
    line = next(iter(text.strip().splitlines()), "").strip()
    return line if len(line) <= REASON_LENGTH else f"{line[: REASON_LENGTH - 1]}…"


def _reason_in_json(text: str) -> str:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return document if isinstance(document, str) else ""
    reasons = (document.get(key) for key in REASON_KEYS)
    return next((reason for reason in reasons if isinstance(reason, str) and reason.strip()), "")
