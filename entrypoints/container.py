"""The only file that names every adapter: builds what the settings ask for."""

import threading
import uuid

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Callable, Dependency, Factory, Selector
from dependency_injector.providers import ThreadSafeSingleton as Single
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from adapters.clock import SystemClock
from adapters.memory import InMemoryOrderRepository
from adapters.processors import FunctionProcessor, SimulatedProcessor
from adapters.sql.group_commit import GroupCommit
from adapters.sql.repository import SqlOrderRepository
from adapters.sql.schema import SchemaMismatch, migrate
from adapters.sql.sqlite import (
    SqliteReader,
    SqliteTransactions,
    TurnTaking,
    choose_library,
    open_sqlite,
)
from adapters.sql.statements import Statements
from adapters.sql.tables import REVISION
from adapters.thread_pool_queue import ThreadPoolQueue
from application.orders.backlog import Backlog
from application.orders.compute_metrics import ComputeMetrics
from application.orders.create_order import CreateOrder
from application.orders.extend_leases import ExtendLeases
from application.orders.get_status import GetStatus
from application.orders.hand_over_orders import HandOverOrders
from application.orders.holdings import Holdings
from application.orders.populate_orders import PopulateOrders
from application.orders.process_order import ProcessOrder
from application.orders.recover_orders import RecoverOrders
from application.orders.release_orders import ReleaseOrders
from domain.retry_policy import RetryPolicy
from entrypoints.background import Background, Repeater
from entrypoints.settings import MEMORY_URL, Settings, SettingsError, StartError


def _database(settings: Settings) -> str:
    return "memory" if settings.database_url == MEMORY_URL else "sqlite"


def _queue(settings: Settings) -> str:
    return settings.queue


def _processor(settings: Settings) -> str:
    return "function" if ":" in settings.processor else "simulated"


def sqlite_repository(engine: Engine) -> SqlOrderRepository:
    """Orders on SQLite, written by group commit."""
    statements = Statements(engine.dialect)
    return SqlOrderRepository(
        engine,
        statements,
        SqliteReader(engine),
        GroupCommit(SqliteTransactions(engine), statements, TurnTaking()),
    )


def _prepare_sqlite(engine: Engine) -> str:
    """Migrate, and close all files again, so that a server may fork afterwards."""
    try:
        before = migrate(engine)
    except (SchemaMismatch, DatabaseError) as error:
        raise StartError(f"{engine.url}: {getattr(error, 'orig', error)}") from error
    finally:
        engine.dispose()
    return f"{engine.url}: schema at revision {REVISION}, was {before or 'empty'}"


def _prepare_memory() -> str:
    return f"{MEMORY_URL} needs no schema"


def _load_function(path: str) -> FunctionProcessor:
    try:
        return FunctionProcessor.load(path)
    except (Exception, SystemExit) as error:  # whatever the user's module does on import
        raise SettingsError(
            f"ORDERS_PROCESSOR={path!r} cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _new_owner() -> str:
    return uuid.uuid4().hex


class Container(DeclarativeContainer):
    """Give it the settings: Container(settings=...). Nothing is built before it is asked for.

    So a process that forks after making a container shares nothing with its children.
    """

    settings: Dependency[Settings] = Dependency(instance_of=Settings)

    clock = Single(SystemClock)
    owner = Single(_new_owner)
    holdings = Single(Holdings)
    hand_over_now = Single(threading.Event)
    backlog = Single(Backlog, wake=hand_over_now.provided.set)
    policy = Single(
        RetryPolicy,
        max_attempts=settings.provided.max_attempts,
        max_crashes=settings.provided.max_crashes,
    )

    engine = Single(
        open_sqlite, Callable(make_url, settings.provided.database_url), Callable(choose_library)
    )
    repository = Selector(
        Callable(_database, settings),
        sqlite=Single(sqlite_repository, engine),
        memory=Single(InMemoryOrderRepository),
    )
    prepare_database = Selector(
        Callable(_database, settings),
        sqlite=Callable(_prepare_sqlite, engine),
        memory=Callable(_prepare_memory),
    )
    processor = Selector(
        Callable(_processor, settings),
        simulated=Single(
            SimulatedProcessor,
            clock,
            settings.provided.processing_seconds[0],
            settings.provided.processing_seconds[1],
        ),
        function=Single(_load_function, settings.provided.processor),
    )

    process_order = Single(
        ProcessOrder,
        repository=repository,
        processor=processor,
        clock=clock,
        holdings=holdings,
        policy=policy,
        lease=settings.provided.lease,
        owner=owner,
    )
    queue = Selector(
        Callable(_queue, settings),
        thread_pool=Single(
            ThreadPoolQueue,
            process=process_order,
            holdings=holdings,
            max_workers=settings.provided.max_workers,
            on_half_empty=backlog.provided.room_again,
        ),
    )
    hold = settings.provided.lease  # a thread pool keeps its hints by heartbeat

    create_order = Single(CreateOrder, repository, queue, backlog, clock, hold)
    get_status = Single(GetStatus, repository)
    compute_metrics = Single(ComputeMetrics, repository)
    populate_orders = Single(PopulateOrders, repository, clock)
    extend_leases = Single(ExtendLeases, repository, clock, holdings, settings.provided.lease)
    release_orders = Single(ReleaseOrders, repository, clock, holdings, owner)
    recover_orders = Single(
        RecoverOrders,
        repository=repository,
        holdings=holdings,
        clock=clock,
        policy=policy,
        lease=settings.provided.lease,
    )
    hand_over_orders = Single(
        HandOverOrders,
        repository=repository,
        queue=queue,
        backlog=backlog,
        holdings=holdings,
        clock=clock,
        policy=policy,
        hold=hold,
    )

    background = Single(
        Background,
        sweeper=Factory(
            Repeater, "sweeper", recover_orders, settings.provided.sweep_seconds, clock
        ),
        hand_over=Factory(
            Repeater,
            "hand-over",
            hand_over_orders,
            settings.provided.sweep_seconds,
            clock,
            hand_over_now,
        ),
        heartbeat=Factory(
            Repeater, "heartbeat", extend_leases, settings.provided.heartbeat_seconds, clock
        ),
        queue=queue,
        release=release_orders,
        sweep_seconds=settings.provided.sweep_seconds,
        drain=settings.provided.drain,
    )
