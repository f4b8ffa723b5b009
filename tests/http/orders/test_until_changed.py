"""GET /orders/<order_id> with Prefer: wait=N."""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from application.orders.intervention import Intervention
from application.ports import RepositoryUnavailable
from entrypoints.http.app import create_http_app
from tests.conftest import World
from tests.harness.builders import order_body
from tests.harness.waits import LIMIT_SECONDS, wait_until
from tests.http.answers import error_of

LONG = "wait=60"


@pytest.fixture(autouse=True)
def _an_order(client: FlaskClient) -> None:
    client.post("/orders/", json=order_body())


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


def ask(world: World, **headers: str) -> TestResponse:
    client = create_http_app(world.container).test_client()
    return client.get(
        "/orders/ORD003", headers={name.replace("_", "-"): text for name, text in headers.items()}
    )


def wait_with(threads: ThreadPoolExecutor, world: World, **headers: str) -> "Future[TestResponse]":
    """The answer to come, for which somebody waits now."""
    answer = threads.submit(ask, world, Prefer=LONG, **headers)
    wait_until(lambda: len(world.container.watch_orders()) == 1)
    return answer


def cancel(world: World) -> None:
    world.container.cancel_order()(Intervention(order_id="ORD003"))


def test_the_answer_waits_until_the_order_has_changed(
    threads: ThreadPoolExecutor, world: World
) -> None:
    waiting = wait_with(threads, world)
    world.container.watch_orders()()
    assert not waiting.done()

    cancel(world)
    world.container.watch_orders()()

    answer = waiting.result(LIMIT_SECONDS)
    assert answer.get_json()["status"] == "Cancelled"
    assert answer.headers["ETag"] == '"2"'
    assert answer.headers["Preference-Applied"] == LONG
    assert len(world.container.watch_orders()) == 0


def test_a_client_that_has_this_version_waits_for_the_next(
    threads: ThreadPoolExecutor, world: World
) -> None:
    waiting = wait_with(threads, world, If_None_Match='"1"')

    cancel(world)
    world.container.watch_orders()()

    assert waiting.result(LIMIT_SECONDS).status_code == 200


@pytest.mark.parametrize(("known", "status"), [({}, 200), ({"If_None_Match": '"1"'}, 304)])
def test_an_order_that_does_not_change_is_answered_at_the_end_of_the_wait(
    world: World, known: dict[str, str], status: int
) -> None:
    began = time.monotonic()

    answer = ask(world, Prefer="wait=1", **known)

    assert time.monotonic() - began >= 1
    assert (answer.status_code, answer.headers["ETag"]) == (status, '"1"')


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Prefer": "wait=0"},
        {"Prefer": "wait=soon"},
        {"Prefer": "wait=-5"},
        {"Prefer": "await=60"},
        {"Prefer": "respond-async"},
        {"Prefer": LONG, "If_None_Match": '"7"'},
    ],
)
def test_nobody_waits_who_does_not_ask_for_it_or_has_another_version(
    world: World, headers: dict[str, str]
) -> None:
    answer = ask(world, **headers)

    assert answer.status_code == 200
    assert "Preference-Applied" not in answer.headers


def test_an_order_that_will_never_change_is_not_waited_for(world: World) -> None:
    cancel(world)

    assert ask(world, Prefer=LONG, If_None_Match='"2"').status_code == 304


@pytest.mark.parametrize("preference", ["wait=99999", 'respond-async, wait="60"', "WAIT = 60; x=1"])
def test_a_wait_has_an_end_and_may_stand_among_other_preferences(
    threads: ThreadPoolExecutor, world: World, preference: str
) -> None:
    answer = threads.submit(ask, world, Prefer=preference)
    wait_until(lambda: len(world.container.watch_orders()) == 1)

    cancel(world)
    world.container.watch_orders()()

    assert answer.result(LIMIT_SECONDS).headers["Preference-Applied"] == LONG


def test_a_store_that_is_away_at_the_end_of_the_wait_is_answered_like_any_other(
    threads: ThreadPoolExecutor, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = wait_with(threads, world)
    cancel(world)
    look = world.container.watch_orders()

    def away(_: str) -> None:
        raise RepositoryUnavailable("away")

    monkeypatch.setattr(world.repository, "get", away)
    look()

    assert error_of(waiting.result(LIMIT_SECONDS)).status == 503
