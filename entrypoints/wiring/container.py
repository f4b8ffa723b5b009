"""The container: wires the use cases to the adapters that the settings ask for."""

from dependency_injector.providers import Factory, List, Selector
from dependency_injector.providers import ThreadSafeSingleton as Single

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
from application.views.compute_metrics import ComputeMetrics
from application.views.explain_order import ExplainOrder
from application.views.export_orders import ExportOrders
from application.views.get_history import GetHistory
from application.views.get_status import GetStatus
from application.views.list_orders import ListOrders
from application.views.watch_orders import WatchOrders
from entrypoints.lifecycle.lifecycle import Lifecycle
from entrypoints.lifecycle.repeater import Repeater
from entrypoints.wiring.engine import Engine

SETTINGS = Engine.settings.provided
WATCH_SECONDS = 0.25  # between two looks for orders that somebody waits for
FORGET_SECONDS = 60.0  # between two looks for answers that are too old


class Container(Engine):
    """Container(settings=...). Nothing is built before it is first used.

    So a process that forks after making one shares nothing with its children.
    """

    create_order = Single(
        CreateOrder,
        Engine.repository,
        Engine.queue,
        Engine.overflow,
        Engine.clock,
        Engine.visibility_timeout,
    )
    intervene = Single(Intervene, Engine.repository, Engine.clock)
    cancel_order = Single(CancelOrder, intervene)
    retry_order = Single(RetryOrder, intervene, Engine.views, wake=Engine.dispatch_now.provided.set)
    retry_orders = Single(
        RetryOrders,
        Engine.order_list,
        Engine.repository,
        Engine.clock,
        wake=Engine.dispatch_now.provided.set,
    )
    hold_order = Single(HoldOrder, intervene)
    unhold_order = Single(UnholdOrder, intervene, wake=Engine.dispatch_now.provided.set)
    create_orders = Single(
        CreateOrders,
        Engine.repository,
        Engine.queue,
        Engine.overflow,
        Engine.clock,
        Engine.visibility_timeout,
    )
    report_result = Single(ReportResult, intervene, Engine.retry_policy)
    forget_answers = Single(ForgetAnswers, Engine.answers, Engine.clock)
    get_status = Single(GetStatus, Engine.repository)
    watch_orders = Single(WatchOrders, Engine.repository)
    get_history = Single(GetHistory, Engine.views)
    explain_order = Single(
        ExplainOrder,
        get_status,
        Engine.views,
        Engine.flow,
        Engine.breaker,
        Engine.clock,
        Engine.retry_policy,
    )
    list_orders = Single(ListOrders, Engine.order_list)
    compute_metrics = Single(ComputeMetrics, Engine.views)
    import_orders = Single(ImportOrders, Engine.repository, Engine.clock)
    export_orders = Single(ExportOrders, Engine.views, Engine.repository)
    populate_orders = Single(PopulateOrders, Engine.batches, Engine.clock)
    rehearse = Single(Rehearse, populate_orders, Engine.repository, Engine.views, Engine.clock)
    pause_processing = Single(
        PauseProcessing, Engine.flow, Engine.clock, wake=Engine.follow_flow_now.provided.set
    )
    resume_processing = Single(
        ResumeProcessing, Engine.flow, Engine.clock, wake=Engine.follow_flow_now.provided.set
    )
    limit_processing = Single(
        LimitProcessing, Engine.flow, wake=Engine.follow_flow_now.provided.set
    )
    read_flow = Single(ReadFlow, Engine.flow)

    lifecycle = Single(
        Lifecycle,
        repeaters=List(
            Factory(
                Repeater,
                "heartbeat",
                Engine.extend_leases,
                SETTINGS.heartbeat_seconds,
                Engine.clock,
                runs_while_draining=True,
            ),
            Factory(
                Repeater,
                "sweeper",
                Engine.recover_orders,
                SETTINGS.sweep_seconds,
                Engine.clock,
                counts_for_readiness=True,
            ),
            Factory(
                Repeater,
                "flow",
                Engine.follow_flow,
                SETTINGS.sweep_seconds,
                Engine.clock,
                woken=Engine.follow_flow_now,
                counts_for_readiness=True,
            ),
            Factory(
                Repeater,
                "dispatcher",
                Selector(
                    SETTINGS.queue,
                    thread_pool=Engine.dispatcher.provided.start_due,
                    celery=Engine.dispatch_due_orders,
                ),
                SETTINGS.sweep_seconds,
                Engine.clock,
                woken=Engine.dispatch_now,
                counts_for_readiness=True,
            ),
            Factory(Repeater, "watcher", watch_orders, WATCH_SECONDS, Engine.clock),
            Factory(Repeater, "forgetter", forget_answers, FORGET_SECONDS, Engine.clock),
            Factory(Repeater, "watchdog", Engine.watch_work, SETTINGS.sweep_seconds, Engine.clock),
        ),
        queues=Selector(
            SETTINGS.queue,
            thread_pool=List(Engine.queue),
            celery=List(Engine.dispatcher, Engine.queue),
        ),
        held_orders=Engine.held_orders,
        watch=Engine.watch_work,
        release=Engine.release_orders,
        close_store=Engine.stores.provided.close,
        drain_limit=SETTINGS.drain,
    )
