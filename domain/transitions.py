"""The state machine: the statuses, the kinds of event, and what each kind leads from and to."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from domain.errors import IllegalTransition


class OrderStatus(StrEnum):
    """Where an order is; each comment says who moves it on."""

    PENDING = "Pending"  # a worker, by starting it; a customer or an operator, by cancelling it
    PROCESSING = "Processing"  # the process that holds it; the sweeper, once that process is silent
    COMPLETED = "Completed"  # nobody
    FAILED = "Failed"  # an operator, by retrying or cancelling it
    CANCELLED = "Cancelled"  # nobody


class EventKind(StrEnum):
    """What may happen to an order; each is the kind of a line in its history."""

    CREATED = "created"
    STARTED = "started"
    COMPLETED = "completed"
    ATTEMPT_FAILED = "attempt_failed"  # it will be tried again
    PARKED = "parked"  # its processor has accepted it, and will say later what came of it
    EXPIRED = "expired"  # its holder went silent; it will be tried again
    RELEASED = "released"  # its holder gave it back
    FAILED = "failed"  # it will not be tried again, unless an operator says so
    RETRIED = "retried"
    CANCELLED = "cancelled"
    HELD = "held"  # it stays Pending, and nobody may start it
    UNHELD = "unheld"


class Transition(NamedTuple):
    """From any of some statuses to one."""

    sources: frozenset[OrderStatus]
    target: OrderStatus


def _transition(*sources: OrderStatus, to: OrderStatus) -> Transition:
    return Transition(frozenset(sources), to)


TRANSITIONS: Mapping[EventKind, Transition] = MappingProxyType(
    {
        EventKind.CREATED: _transition(to=OrderStatus.PENDING),
        EventKind.STARTED: _transition(OrderStatus.PENDING, to=OrderStatus.PROCESSING),
        EventKind.COMPLETED: _transition(OrderStatus.PROCESSING, to=OrderStatus.COMPLETED),
        EventKind.PARKED: _transition(OrderStatus.PROCESSING, to=OrderStatus.PROCESSING),
        EventKind.ATTEMPT_FAILED: _transition(OrderStatus.PROCESSING, to=OrderStatus.PENDING),
        EventKind.EXPIRED: _transition(OrderStatus.PROCESSING, to=OrderStatus.PENDING),
        EventKind.RELEASED: _transition(OrderStatus.PROCESSING, to=OrderStatus.PENDING),
        EventKind.FAILED: _transition(OrderStatus.PROCESSING, to=OrderStatus.FAILED),
        EventKind.RETRIED: _transition(OrderStatus.FAILED, to=OrderStatus.PENDING),
        EventKind.CANCELLED: _transition(
            OrderStatus.PENDING, OrderStatus.FAILED, to=OrderStatus.CANCELLED
        ),
        EventKind.HELD: _transition(OrderStatus.PENDING, to=OrderStatus.PENDING),
        EventKind.UNHELD: _transition(OrderStatus.PENDING, to=OrderStatus.PENDING),
    }
)


def target_of(kind: EventKind, order_id: str, status: OrderStatus) -> OrderStatus:
    """Where `kind` leads from `status`; raises IllegalTransition, which names the order."""
    sources, target = TRANSITIONS[kind]
    if status not in sources:
        done = "released" if kind is EventKind.UNHELD else kind.value  # as its route says
        raise IllegalTransition(order_id, status, target, done)
    return target
