"""Brokers that die or fall silent while orders come in: no creation waits, nothing is lost."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import URL

from adapters.celery.app import ANSWER_SECONDS
from tests.harness.brokers import new_queue, own_broker
from tests.harness.contents import check_that_nothing_is_lost, not_ended
from tests.harness.deployment import Deployment, deployment
from tests.harness.proxy import Proxy, proxy_to
from tests.harness.stream import creations
from tests.harness.waits import p90

PORTS = {"redis": 6379, "rabbitmq": 5672}  # when an address has none
PER_SECOND = 40
SPAN_SECONDS = 3
SLOWER_SECONDS = ANSWER_SECONDS / 2  # waiting for the broker would cost each twice as much


def through_proxy(url: str, proxy: Proxy) -> str:
    """The address of the same broker through the proxy."""
    address = urlsplit(url)
    user, at, _ = address.netloc.rpartition("@")
    return address._replace(netloc=f"{user}{at}127.0.0.1:{proxy.port}").geturl()


def create_while_it_goes_and_comes(
    deployed: Deployment, go: Callable[[], None], come: Callable[[], None]
) -> None:
    """Orders come in before, while and after the broker is away: no creation is slowed or lost."""
    api = deployed.start_api()
    worker = deployed.start_worker()
    with creations(api, PER_SECOND) as stream:
        undisturbed = stream.span(SPAN_SECONDS)
        go()
        before = len(stream.acknowledged)
        away = stream.span(SPAN_SECONDS)
        created = len(stream.acknowledged) - before
        waiting = not_ended(deployed.database)
        come()
        stream.span(SPAN_SECONDS)
    deployed.wait_until_all_are_completed()
    assert worker.terminate() == 0
    assert api.terminate() == 0

    assert stream.statuses() == {201}
    check_that_nothing_is_lost(deployed.database, stream.acknowledged)
    assert waiting > 0.9 * created > 0  # no hint came through
    assert p90(stream.waits(away)) <= p90(stream.waits(undisturbed)) + SLOWER_SECONDS


@pytest.mark.parametrize("kind", PORTS)
def test_a_broker_is_killed_and_started_again(kind: str, database: URL, tmp_path: Path) -> None:
    with (
        own_broker(kind, tmp_path) as broker,
        deployment(tmp_path, database, broker.url, "orders") as deployed,
    ):
        create_while_it_goes_and_comes(deployed, broker.kill, broker.start)


@pytest.mark.parametrize("kind", PORTS)
def test_a_broker_falls_silent_and_speaks_again(kind: str, database: URL, tmp_path: Path) -> None:
    with new_queue(kind) as (url, queue), ExitStack() as stack:
        address = urlsplit(url)
        host, port = address.hostname or "127.0.0.1", address.port or PORTS[kind]
        proxy = stack.enter_context(proxy_to((host, port)))
        through = through_proxy(url, proxy)
        deployed = stack.enter_context(deployment(tmp_path, database, through, queue))
        create_while_it_goes_and_comes(deployed, proxy.go_silent, proxy.speak)
