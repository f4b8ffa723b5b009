"""OrderFeed: the events of all orders, for those that follow them."""

from typing import NamedTuple, Protocol

from domain.events import OrderEvent


class FeedEntry(NamedTuple):
    """One event of any order, and its place in the feed."""

    position: int  # from 1, without a gap
    event: OrderEvent


class OrderFeed(Protocol):
    """All orders' events in one sequence, which is the same for every reader.

    An event that was committed late comes after those that may have been read already, never
    between them. Events that nobody has read yet are in the order of their times; one order's
    events are always in the order of their `seq`. Nothing in the service reads it yet.
    """

    def events_after(self, position: int, limit: int) -> list[FeedEntry]:
        """At most `limit` entries after that position, in order; 0 is before the first.

        Read on until nothing comes to see all that was committed before the call. Blocks for
        some tens of seconds at worst, may be called from any thread, and raises RepositoryError.
        """
