"""OrderEvent: one line of an order's history, and who caused it."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self

from domain.transitions import EventKind, OrderStatus


class Role(StrEnum):
    """As what somebody acts on an order."""

    CLIENT = "client"  # over HTTP
    OPERATOR = "operator"  # on the command line
    WORKER = "worker"  # the service itself


class Actor(NamedTuple):
    """Who caused an event."""

    role: Role
    name: str | None = None  # where it is known

    @classmethod
    def parse(cls, text: str) -> Self:
        """The actor whose str() this is."""
        role, _, name = text.partition(":")
        return cls(Role(role), name or None)

    def __str__(self) -> str:
        return self.role if self.name is None else f"{self.role}:{self.name}"


CLIENT, WORKER = Actor(Role.CLIENT), Actor(Role.WORKER)


class OrderEvent(NamedTuple):
    """What happened to an order; an order's events are numbered from 1 without a gap."""

    order_id: str
    seq: int
    kind: EventKind
    status: OrderStatus  # after it
    attempt: int
    at: datetime  # UTC
    reason: str | None
    actor: Actor | None = None  # None for whom its kind implies

    @property
    def public_reason(self) -> str | None:
        """The part of the reason that clients may see."""
        return first_line(self.reason)

    @property
    def caused_by(self) -> Actor:
        """Who it was: a client creates an order, workers do the rest."""
        return self.actor or (CLIENT if self.kind is EventKind.CREATED else WORKER)


def first_line(reason: str | None) -> str | None:
    """What clients may see of a reason; the rest is for operators."""
    return None if reason is None else reason.partition("\n")[0]
