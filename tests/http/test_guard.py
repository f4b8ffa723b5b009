"""Guard: probes are always answered, and so are requests that cannot be served soon."""

import json
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from werkzeug.wsgi import ClosingIterator

from entrypoints.http import guard
from entrypoints.http.guard import Guard

SLOTS = 3
LIMIT_SECONDS = 10


class Waiting:
    """An application whose requests wait until the test lets them go."""

    def __init__(self) -> None:
        self.inside = threading.Semaphore(0)
        self.let_go = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] not in guard.PROBES:
            self.inside.release()
            assert self.let_go.wait(LIMIT_SECONDS)
        start_response("200 OK", [])
        return [b"{}"]


def ask(application: Guard, path: str) -> tuple[str, dict[str, str], bytes]:
    """Status, headers and body."""
    started: list[Any] = []
    answer = application({"PATH_INFO": path}, lambda *answer: started.extend(answer))
    body = b"".join(answer)
    if isinstance(answer, ClosingIterator):
        answer.close()
    return started[0], dict(started[1]), body


@pytest.fixture
def inner() -> Waiting:
    return Waiting()


def test_probes_are_answered_while_all_slots_are_taken_and_others_are_refused(
    inner: Waiting,
) -> None:
    application = Guard(inner, SLOTS, wait_seconds=0.01)
    with ThreadPoolExecutor(SLOTS) as pool:
        held = [pool.submit(ask, application, "/orders/") for _ in range(SLOTS)]
        for _ in range(SLOTS):
            assert inner.inside.acquire(timeout=LIMIT_SECONDS)

        assert ask(application, "/healthz")[0] == "200 OK"
        status, headers, body = ask(application, "/orders/")
        inner.let_go.set()
        answered = [one.result(LIMIT_SECONDS)[0] for one in held]

    assert status == "503 Service Unavailable"
    assert headers == {"Content-Type": "application/json", "Retry-After": "1"}
    assert json.loads(body)["code"] == "busy"
    assert answered == ["200 OK"] * SLOTS
    assert ask(application, "/orders/")[0] == "200 OK"  # the slots are free again


def test_a_request_waits_for_a_slot_that_becomes_free(inner: Waiting) -> None:
    application = Guard(inner, slots=1, wait_seconds=LIMIT_SECONDS)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ask, application, "/orders/")
        assert inner.inside.acquire(timeout=LIMIT_SECONDS)
        second = pool.submit(ask, application, "/orders/")
        inner.let_go.set()

        assert first.result(LIMIT_SECONDS)[0] == second.result(LIMIT_SECONDS)[0] == "200 OK"


def test_a_slot_is_free_again_when_the_application_raises() -> None:
    def fail(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        raise RuntimeError("no luck")

    application = Guard(fail, slots=1, wait_seconds=0.01)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no luck"):
            ask(application, "/orders/")


def test_no_request_waits_while_none_ends(inner: Waiting) -> None:
    application = Guard(inner, slots=1, wait_seconds=3_600, stuck_seconds=0)
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(ask, application, "/orders/")
        assert inner.inside.acquire(timeout=LIMIT_SECONDS)

        assert ask(application, "/orders/")[0] == "503 Service Unavailable"

        inner.let_go.set()
        held.result(LIMIT_SECONDS)


def test_an_answer_keeps_its_slot_until_it_has_been_sent() -> None:
    def stream(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        environ[guard.STREAMS] = True
        start_response("200 OK", [])
        return iter([b"{", b"}"])

    def nobody_cares(*_: object) -> None: ...

    application = Guard(stream, slots=1, wait_seconds=0.01)
    answer = application({"PATH_INFO": "/orders/metrics"}, nobody_cares)
    assert next(iter(answer)) == b"{"

    assert ask(application, "/orders/")[0] == "503 Service Unavailable"

    answer.close()  # type: ignore[attr-defined]  # as a server does in the end
    assert ask(application, "/orders/")[0] == "200 OK"


@pytest.mark.parametrize(("threads", "slots"), [(1, 1), (2, 1), (4, 3), (32, 28)])
def test_some_of_a_server_s_threads_are_kept(threads: int, slots: int) -> None:
    assert guard.request_slots(threads) == slots
