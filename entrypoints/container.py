"""The only file that names every adapter: builds what the settings ask for."""

import threading
import uuid
from functools import partial

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Callable, Dependency, Factory, List, Selector
from dependency_injector.providers import ThreadSafeSingleton as Single
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from adapters.celery.queue import CeleryQueue
from adapters.clock import SystemClock
from adapters.in_process.thread_pool_queue import ThreadPoolQueue
from adapters.memory import InMemoryOrderRepository
from adapters.processors import SimulatedProcessor
from adapters.sql.database_clock import DatabaseClock
from adapters.sql.databases.server_kinds import MIGRATION, READER, WRITER
from adapters.sql.databases.servers import server_time
from adapters.sql.databases.sqlite import choose_library, open_sqlite
from adapters.sql.repositories import server_repository, sqlite_repository
from application.orders.create_order import CreateOrder
from application.orders.populate_orders import PopulateOrders
from application.processing.backlog import Backlog
from application.processing.extend_leases import ExtendLeases
from application.processing.follow_hint import FollowHint
from application.processing.hand_over_orders import HandOverOrders
from application.processing.holdings import Holdings
from application.processing.process_order import ProcessOrder
from application.processing.recover_orders import RecoverOrders
from application.processing.release_orders import ReleaseOrders
from application.processing.watch_work import WatchWork
from application.views.compute_metrics import ComputeMetrics
from application.views.get_status import GetStatus
from domain.retry_policy import RetryPolicy
from entrypoints.databases import (
    agree_on_lease_or_tell,
    change_lease_or_tell,
    check_or_tell,
    migrate_or_tell,
    open_server_or_tell,
)
from entrypoints.lifecycle.lifecycle import Lifecycle
from entrypoints.lifecycle.repeater import Repeater
from entrypoints.wiring.brokers import broker_of, celery_app_or_tell
from entrypoints.wiring.processors import load_function_or_tell
from entrypoints.wiring.setting_fields import MEMORY_URL
from entrypoints.wiring.settings import Settings


def _database_clock(engine: Engine) -> DatabaseClock:
    return DatabaseClock(partial(server_time, engine), SystemClock())


def _prepare_memory(*_: object) -> str:
    return f"{MEMORY_URL} is shared by nobody and needs nothing"


def _new_owner() -> str:
    return uuid.uuid4().hex


class Container(DeclarativeContainer):
    """Give it the settings: Container(settings=...). Nothing is built before it is asked for.

    So a process that forks after making a container shares nothing with its children.
    """

    settings: Dependency[Settings] = Dependency(instance_of=Settings)

    owner = Single(_new_owner)
    holdings = Single(Holdings)
    hand_over_now = Single(threading.Event)
    backlog = Single(Backlog, wake=hand_over_now.provided.set)
    policy = Single(
        RetryPolicy,
        max_attempts=settings.provided.max_attempts,
        max_crashes=settings.provided.max_crashes,
    )

    url = Callable(make_url, settings.provided.database_url)
    sqlite = Single(open_sqlite, url, Callable(choose_library))
    server = Single(open_server_or_tell, url, READER)
    writing_server = Single(open_server_or_tell, url, WRITER)
    clock = Selector(
        settings.provided.database,
        memory=Single(SystemClock),
        sqlite=Single(SystemClock),
        server=Single(_database_clock, writing_server),
    )
    patient_server = Single(open_server_or_tell, url, MIGRATION)
    repository = Selector(
        settings.provided.database,
        memory=Single(InMemoryOrderRepository),
        sqlite=Single(sqlite_repository, sqlite),
        server=Single(server_repository, server, writing_server),
    )
    migrate_database = Selector(
        settings.provided.database,
        memory=Callable(_prepare_memory),
        sqlite=Callable(migrate_or_tell, sqlite),
        server=Callable(migrate_or_tell, patient_server),
    )
    prepare_database = Selector(  # before serving: an embedded database is migrated by itself
        settings.provided.database,
        memory=Callable(_prepare_memory),
        sqlite=Callable(migrate_or_tell, sqlite),
        server=Callable(check_or_tell, server),
    )
    agree_on_lease = Selector(
        settings.provided.database,
        memory=Callable(_prepare_memory),
        sqlite=Callable(agree_on_lease_or_tell, sqlite, settings.provided.lease),
        server=Callable(agree_on_lease_or_tell, server, settings.provided.lease),
    )
    change_lease = Selector(  # takes the new one
        settings.provided.database,
        memory=Callable(_prepare_memory),
        sqlite=Callable(change_lease_or_tell, sqlite),
        server=Callable(change_lease_or_tell, server),
    )
    processor = Selector(
        settings.provided.processor_kind,
        simulated=Single(
            SimulatedProcessor,
            clock,
            settings.provided.processing_seconds[0],
            settings.provided.processing_seconds[1],
        ),
        function=Single(load_function_or_tell, settings.provided.processor),
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
    hold = Selector(
        settings.provided.queue,
        thread_pool=settings.provided.lease,  # it keeps its hints by heartbeat
        celery=settings.provided.broker_visibility,
    )
    follow_hint = Single(
        FollowHint,
        repository,
        process_order,
        holdings,
        clock,
        settings.provided.broker_visibility,
    )
    celery_app = Single(
        celery_app_or_tell, settings.provided.broker_url, settings.provided.broker_queue
    )
    celery_queue = Single(
        CeleryQueue,
        broker=Single(broker_of, celery_app),
        follow=follow_hint,
        on_room=backlog.provided.room_again,
    )
    queue = Selector(
        settings.provided.queue,
        thread_pool=Single(
            ThreadPoolQueue,
            process=process_order,
            holdings=holdings,
            max_workers=settings.provided.max_workers,
            on_half_empty=backlog.provided.room_again,
        ),
        celery=celery_queue,
    )

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
        period=settings.provided.sweep,
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

    watch_work = Single(WatchWork, holdings, clock, settings.provided.stalled)

    lifecycle = Single(
        Lifecycle,
        repeaters=List(
            Factory(
                Repeater,
                "heartbeat",
                extend_leases,
                settings.provided.heartbeat_seconds,
                clock,
                runs_while_draining=True,
            ),
            Factory(
                Repeater,
                "sweeper",
                recover_orders,
                settings.provided.sweep_seconds,
                clock,
                counts_for_readiness=True,
            ),
            Factory(
                Repeater,
                "hand-over",
                hand_over_orders,
                settings.provided.sweep_seconds,
                clock,
                woken=hand_over_now,
                counts_for_readiness=True,
            ),
            Factory(Repeater, "watch", watch_work, settings.provided.sweep_seconds, clock),
        ),
        queue=queue,
        holdings=holdings,
        watch=watch_work,
        release=release_orders,
        close_store=repository.provided.close,
        drain_limit=settings.provided.drain,
    )
