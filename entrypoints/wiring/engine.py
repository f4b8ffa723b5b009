"""The parts that process orders: queue, workers, sweeper, and what they share."""

import threading

from dependency_injector.providers import Object, Provider, Selector
from dependency_injector.providers import ThreadSafeSingleton as Single

from adapters.celery.queue import CeleryQueue
from adapters.in_process.dispatcher import Dispatcher
from adapters.processors.simulated import SimulatedProcessor
from adapters.standard_webhooks import StandardWebhooks
from application.ports import (
    MessageSignatures,
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
from domain.retry_policy import RetryPolicy
from entrypoints.wiring.brokers import broker_of, make_celery_app
from entrypoints.wiring.processors import fulfilment_over_http, load_function, workers_for
from entrypoints.wiring.storage import Storage

SETTINGS = Storage.settings.provided


def _nothing() -> None: ...


class Engine(Storage):
    """Works on the store. A class does not see the names of its base: they are Storage's here."""

    held_orders = Single(HeldOrders)
    dispatch_now = Single(threading.Event)
    follow_flow_now = Single(threading.Event)
    gate = Single(Gate)
    overflow = Single(Overflow, gate, wake=dispatch_now.provided.set)
    retry_policy = Single(
        RetryPolicy,
        max_attempts=SETTINGS.max_attempts,
        max_crashes=SETTINGS.max_crashes,
    )

    signatures: Provider[MessageSignatures] = Single(
        StandardWebhooks, SETTINGS.fulfilment_secret, Storage.clock
    )
    processor = Selector(
        SETTINGS.processor_kind,
        simulated=Single(
            SimulatedProcessor,
            Storage.clock,
            SETTINGS.processing_seconds[0],
            SETTINGS.processing_seconds[1],
            SETTINGS.simulated_failure_rate,
        ),
        http=Single(fulfilment_over_http, Storage.settings, signatures, Storage.clock),
        function=Single(load_function, SETTINGS.processor),
    )

    breaker = Single(Breaker, gate, held_orders, Storage.clock, wake=dispatch_now.provided.set)
    give_back = Single(GiveBack, Storage.repository, Storage.clock, held_orders)
    advance_orders = Single(
        AdvanceOrders,
        repository=Storage.repository,
        clock=Storage.clock,
        held_orders=held_orders,
        gate=gate,
        breaker=breaker,
        give_back=give_back,
        overflow=overflow,
        policy=retry_policy,
        lease=SETTINGS.lease,
        owner=Storage.owner,
    )
    outcomes = Single(
        Outcomes,
        Storage.clock,
        retry_policy,
        SETTINGS.callback_limit,
        SETTINGS.time_limit,
        breaker,
    )
    workers = Single(workers_for, processor, outcomes, SETTINGS.max_workers)
    dispatcher = Single(
        Dispatcher,
        advance=advance_orders,
        workers=workers,
        held_orders=held_orders,
        gate=gate,
        max_workers=SETTINGS.max_workers,
        on_half_empty=Selector(
            SETTINGS.queue,
            thread_pool=overflow.provided.room_again,
            celery=Object(_nothing),  # the broker's queue is the one that is filled up
        ),
    )
    visibility_timeout = Selector(
        SETTINGS.queue,
        thread_pool=SETTINGS.lease,  # its hints are kept by heartbeat
        celery=SETTINGS.broker_visibility,
    )
    follow_hints = Single(
        FollowHints,
        repository=Storage.repository,
        queue=dispatcher,
        wait_for_room=dispatcher.provided.wait_for_room,
        held_orders=held_orders,
        breaker=breaker,
        clock=Storage.clock,
        visibility_timeout=SETTINGS.broker_visibility,  # only a broker's are followed
    )
    celery_app = Single(make_celery_app, SETTINGS.broker_url, SETTINGS.broker_queue)
    celery_queue = Single(
        CeleryQueue,
        broker=Single(broker_of, celery_app),
        follow=follow_hints,
        on_room=overflow.provided.room_again,
        in_a_message=SETTINGS.hints_in_a_message,
    )
    queue = Selector(SETTINGS.queue, thread_pool=dispatcher, celery=celery_queue)

    extend_leases = Single(
        ExtendLeases, Storage.repository, Storage.clock, held_orders, SETTINGS.lease
    )
    release_orders = Single(
        ReleaseOrders, Storage.repository, Storage.clock, held_orders, Storage.owner
    )
    recover_orders = Single(
        RecoverOrders,
        repository=Storage.repository,
        held_orders=held_orders,
        clock=Storage.clock,
        policy=retry_policy,
        lease=SETTINGS.lease,
        period=SETTINGS.sweep,
    )
    dispatch_due_orders = Single(
        DispatchDueOrders,
        repository=Storage.repository,
        queue=queue,
        gate=gate,
        overflow=overflow,
        clock=Storage.clock,
        policy=retry_policy,
        visibility_timeout=visibility_timeout,
    )

    follow_flow = Single(
        FollowFlow,
        Storage.flow,
        gate,
        take_waiting=dispatcher.provided.take_waiting,
        give_back=give_back,
        wake=dispatch_now.provided.set,
    )
    watch_work = Single(
        WatchWork,
        held_orders,
        Storage.repository,
        gate,
        breaker,
        Storage.clock,
        SETTINGS.work_patience,
        SETTINGS.max_workers,
    )
