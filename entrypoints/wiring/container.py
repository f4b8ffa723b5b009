"""The container: wires the use cases to the adapters that the settings ask for."""

import threading
import uuid

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, Factory, List, Object, Provider, Selector
from dependency_injector.providers import ThreadSafeSingleton as Single

from adapters.celery.queue import CeleryQueue
from adapters.in_process.dispatcher import Dispatcher
from adapters.processors.simulated import SimulatedProcessor
from adapters.standard_webhooks import StandardWebhooks
from application.flow.limit_processing import LimitProcessing
from application.flow.pause_processing import PauseProcessing, ResumeProcessing
from application.flow.read_flow import ReadFlow
from application.orders.cancel_order import CancelOrder
from application.orders.create_order import CreateOrder
from application.orders.create_orders import CreateOrders
from application.orders.forget_answers import ForgetAnswers
from application.orders.hold_order import HoldOrder, UnholdOrder
from application.orders.import_orders import ImportOrders
from application.orders.intervention import Intervene
from application.orders.populate_orders import PopulateOrders
from application.orders.rehearse import Rehearse
from application.orders.report_result import ReportResult
from application.orders.retry_order import RetryOrder
from application.orders.retry_orders import RetryOrders
from application.ports import (
    BatchRepository,
    Clock,
    KeptAnswers,
    MessageSignatures,
    OrderFlow,
    OrderList,
    OrderRepository,
    OrderViews,
)
from application.processing.advance_orders import AdvanceOrders
from application.processing.breaker import Breaker
from application.processing.dispatch_due_orders import DispatchDueOrders
from application.processing.extend_leases import ExtendLeases
from application.processing.follow_flow import FollowFlow
from application.processing.follow_hints import FollowHints
from application.processing.gate import Gate
from application.processing.give_back import GiveBack
from application.processing.held_orders import HeldOrders
from application.processing.outcomes import Outcomes
from application.processing.overflow import Overflow
from application.processing.recover_orders import RecoverOrders
from application.processing.release_orders import ReleaseOrders
from application.processing.watch_work import WatchWork
from application.views.compute_metrics import ComputeMetrics
from application.views.explain_order import ExplainOrder
from application.views.export_orders import ExportOrders
from application.views.get_history import GetHistory
from application.views.get_status import GetStatus
from application.views.list_orders import ListOrders
from application.views.watch_orders import WatchOrders
from domain.retry_policy import RetryPolicy
from entrypoints.lifecycle.lifecycle import Lifecycle
from entrypoints.lifecycle.repeater import Repeater
from entrypoints.wiring.brokers import broker_of, make_celery_app
from entrypoints.wiring.processors import fulfilment_over_http, load_function, workers_for
from entrypoints.wiring.settings import Settings
from entrypoints.wiring.stores import Stores, stores_at

WATCH_SECONDS = 0.25  # between two looks for orders that somebody waits for
FORGET_SECONDS = 60.0  # between two looks for answers that are too old


def _new_owner() -> str:
    return uuid.uuid4().hex


def _nothing() -> None: ...


class Container(DeclarativeContainer):
    """Container(settings=...). Nothing is built before it is first used.

    So a process that forks after making one shares nothing with its children.
    """

    settings: Dependency[Settings] = Dependency(instance_of=Settings)

    owner = Single(_new_owner)
    held_orders = Single(HeldOrders)
    dispatch_now = Single(threading.Event)
    follow_flow_now = Single(threading.Event)
    gate = Single(Gate)
    overflow = Single(Overflow, gate, wake=dispatch_now.provided.set)
    retry_policy = Single(
        RetryPolicy,
        max_attempts=settings.provided.max_attempts,
        max_crashes=settings.provided.max_crashes,
    )

    stores: Provider[Stores] = Single(stores_at, settings.provided.database_url)
    repository: Provider[OrderRepository] = stores.provided.orders
    order_list: Provider[OrderList] = stores.provided.order_list
    views: Provider[OrderViews] = stores.provided.views
    batches: Provider[BatchRepository] = stores.provided.batches
    answers: Provider[KeptAnswers] = stores.provided.answers
    flow: Provider[OrderFlow] = stores.provided.flow
    clock: Provider[Clock] = stores.provided.clock

    signatures: Provider[MessageSignatures] = Single(
        StandardWebhooks, settings.provided.fulfilment_secret, clock
    )
    processor = Selector(
        settings.provided.processor_kind,
        simulated=Single(
            SimulatedProcessor,
            clock,
            settings.provided.processing_seconds[0],
            settings.provided.processing_seconds[1],
            settings.provided.simulated_failure_rate,
        ),
        http=Single(fulfilment_over_http, settings, signatures, clock),
        function=Single(load_function, settings.provided.processor),
    )

    breaker = Single(Breaker, gate, held_orders, clock, wake=dispatch_now.provided.set)
    give_back = Single(GiveBack, repository, clock, held_orders)
    advance_orders = Single(
        AdvanceOrders,
        repository=repository,
        clock=clock,
        held_orders=held_orders,
        gate=gate,
        breaker=breaker,
        give_back=give_back,
        overflow=overflow,
        policy=retry_policy,
        lease=settings.provided.lease,
        owner=owner,
    )
    outcomes = Single(
        Outcomes,
        clock,
        retry_policy,
        settings.provided.callback_limit,
        settings.provided.time_limit,
        breaker,
    )
    workers = Single(workers_for, processor, outcomes, settings.provided.max_workers)
    dispatcher = Single(
        Dispatcher,
        advance=advance_orders,
        workers=workers,
        held_orders=held_orders,
        gate=gate,
        max_workers=settings.provided.max_workers,
        on_half_empty=Selector(
            settings.provided.queue,
            thread_pool=overflow.provided.room_again,
            celery=Object(_nothing),  # the broker's queue is the one that is filled up
        ),
    )
    visibility_timeout = Selector(
        settings.provided.queue,
        thread_pool=settings.provided.lease,  # its hints are kept by heartbeat
        celery=settings.provided.broker_visibility,
    )
    follow_hints = Single(
        FollowHints,
        repository=repository,
        queue=dispatcher,
        wait_for_room=dispatcher.provided.wait_for_room,
        held_orders=held_orders,
        breaker=breaker,
        clock=clock,
        visibility_timeout=settings.provided.broker_visibility,  # only a broker's are followed
    )
    celery_app = Single(
        make_celery_app, settings.provided.broker_url, settings.provided.broker_queue
    )
    celery_queue = Single(
        CeleryQueue,
        broker=Single(broker_of, celery_app),
        follow=follow_hints,
        on_room=overflow.provided.room_again,
        in_a_message=settings.provided.hints_in_a_message,
    )
    queue = Selector(settings.provided.queue, thread_pool=dispatcher, celery=celery_queue)

    create_order = Single(CreateOrder, repository, queue, overflow, clock, visibility_timeout)
    intervene = Single(Intervene, repository, clock)
    cancel_order = Single(CancelOrder, intervene)
    retry_order = Single(RetryOrder, intervene, views, wake=dispatch_now.provided.set)
    retry_orders = Single(
        RetryOrders, order_list, repository, clock, wake=dispatch_now.provided.set
    )
    hold_order = Single(HoldOrder, intervene)
    unhold_order = Single(UnholdOrder, intervene, wake=dispatch_now.provided.set)
    create_orders = Single(CreateOrders, repository, queue, overflow, clock, visibility_timeout)
    report_result = Single(ReportResult, intervene, retry_policy)
    forget_answers = Single(ForgetAnswers, answers, clock)
    get_status = Single(GetStatus, repository)
    watch_orders = Single(WatchOrders, repository)
    get_history = Single(GetHistory, views)
    explain_order = Single(ExplainOrder, get_status, views, flow, breaker, clock, retry_policy)
    list_orders = Single(ListOrders, order_list)
    compute_metrics = Single(ComputeMetrics, views)
    import_orders = Single(ImportOrders, repository, clock)
    export_orders = Single(ExportOrders, views, repository)
    populate_orders = Single(PopulateOrders, batches, clock)
    rehearse = Single(Rehearse, populate_orders, repository, views, clock)
    extend_leases = Single(ExtendLeases, repository, clock, held_orders, settings.provided.lease)
    release_orders = Single(ReleaseOrders, repository, clock, held_orders, owner)
    recover_orders = Single(
        RecoverOrders,
        repository=repository,
        held_orders=held_orders,
        clock=clock,
        policy=retry_policy,
        lease=settings.provided.lease,
        period=settings.provided.sweep,
    )
    dispatch_due_orders = Single(
        DispatchDueOrders,
        repository=repository,
        queue=queue,
        gate=gate,
        overflow=overflow,
        clock=clock,
        policy=retry_policy,
        visibility_timeout=visibility_timeout,
    )

    follow_flow = Single(
        FollowFlow,
        flow,
        gate,
        take_waiting=dispatcher.provided.take_waiting,
        give_back=give_back,
        wake=dispatch_now.provided.set,
    )
    pause_processing = Single(PauseProcessing, flow, clock, wake=follow_flow_now.provided.set)
    resume_processing = Single(ResumeProcessing, flow, wake=follow_flow_now.provided.set)
    limit_processing = Single(LimitProcessing, flow, wake=follow_flow_now.provided.set)
    read_flow = Single(ReadFlow, flow)

    watch_work = Single(WatchWork, held_orders, clock, settings.provided.work_patience)

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
                "flow",
                follow_flow,
                settings.provided.sweep_seconds,
                clock,
                woken=follow_flow_now,
                counts_for_readiness=True,
            ),
            Factory(
                Repeater,
                "dispatcher",
                Selector(
                    settings.provided.queue,
                    thread_pool=dispatcher.provided.start_due,
                    celery=dispatch_due_orders,
                ),
                settings.provided.sweep_seconds,
                clock,
                woken=dispatch_now,
                counts_for_readiness=True,
            ),
            Factory(Repeater, "watcher", watch_orders, WATCH_SECONDS, clock),
            Factory(Repeater, "forgetter", forget_answers, FORGET_SECONDS, clock),
            Factory(Repeater, "watchdog", watch_work, settings.provided.sweep_seconds, clock),
        ),
        queues=Selector(
            settings.provided.queue,
            thread_pool=List(queue),
            celery=List(dispatcher, queue),
        ),
        held_orders=held_orders,
        watch=watch_work,
        release=release_orders,
        close_store=stores.provided.close,
        drain_limit=settings.provided.drain,
    )
