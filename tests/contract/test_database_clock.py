"""DatabaseClock: the server's time, whatever this machine's clock says."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import URL, Engine

from adapters.clock import ManualClock
from adapters.sql.databases.database_clock import DatabaseClock
from adapters.sql.databases.known import kind_of
from application.ports import RepositoryUnavailable
from tests.contract.databases import open_engine

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Server:
    """A server with a time of its own, which takes a while to answer."""

    def __init__(self, machine: ManualClock) -> None:
        self.machine = machine
        self.time = NOON
        self.takes_seconds = 0.0
        self.is_away = False
        self.asked = 0

    def ask(self) -> datetime:
        self.asked += 1
        if self.is_away:
            raise RepositoryUnavailable("connection refused")
        answer = self.time + timedelta(seconds=self.takes_seconds / 2)
        self.machine.advance(seconds=self.takes_seconds)
        return answer


@pytest.fixture
def machine() -> ManualClock:
    return ManualClock()


@pytest.fixture
def server(machine: ManualClock) -> Server:
    return Server(machine)


@pytest.fixture
def clock(server: Server, machine: ManualClock) -> DatabaseClock:
    return DatabaseClock(server.ask, machine)


@pytest.fixture
def engine(server_url: URL) -> Iterator[Engine]:
    engine = open_engine(server_url)
    yield engine
    engine.dispose()


@pytest.fixture
def server_url(request: pytest.FixtureRequest) -> URL:
    url: URL = request.getfixturevalue(request.param)
    return url


def test_it_tells_the_server_s_time(clock: DatabaseClock) -> None:
    assert clock.now() == NOON


def test_it_goes_on_by_itself_until_it_is_told_to_ask(
    clock: DatabaseClock, machine: ManualClock, server: Server
) -> None:
    clock.now()
    machine.advance(seconds=3_600)

    assert clock.now() == NOON + timedelta(seconds=3_600)
    assert server.asked == 1


def test_a_jump_of_this_machine_s_clock_does_not_matter(
    clock: DatabaseClock, machine: ManualClock
) -> None:
    clock.now()
    machine.jump(seconds=86_400)

    assert clock.now() == NOON


def test_half_of_the_way_there_and_back_is_allowed_for(
    clock: DatabaseClock, server: Server
) -> None:
    server.takes_seconds = 2

    assert clock.now() == NOON + timedelta(seconds=2)


def test_while_the_server_is_away_time_goes_on(
    clock: DatabaseClock, machine: ManualClock, server: Server
) -> None:
    clock.now()
    server.is_away = True
    machine.advance(seconds=3_600)

    assert clock.now() == NOON + timedelta(seconds=3_600)


def test_before_the_first_answer_it_tells_this_machine_s_time_and_keeps_nobody_waiting(
    clock: DatabaseClock, machine: ManualClock, server: Server
) -> None:
    server.is_away = True
    assert clock.now() == machine.now()
    assert clock.now() == machine.now()
    assert server.asked == 1

    server.is_away = False
    clock.sync()

    assert clock.now() == NOON


@pytest.mark.parametrize("server_url", ["postgres", "mysql"], indirect=True)
def test_real_servers_tell_utc(engine: Engine) -> None:
    clock = kind_of(engine.url).clock(engine)

    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    assert clock.now().tzinfo is UTC
    assert clock.now() <= clock.now()


def test_a_jump_of_the_server_is_known_after_a_sync(
    clock: DatabaseClock, server: Server, machine: ManualClock
) -> None:
    clock.now()
    server.time -= timedelta(hours=1)

    clock.sync()

    assert clock.now() == NOON - timedelta(hours=1)


def test_a_sync_that_nobody_answers_says_so(clock: DatabaseClock, server: Server) -> None:
    server.is_away = True

    with pytest.raises(RepositoryUnavailable, match="connection refused"):
        clock.sync()
