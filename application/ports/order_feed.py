"""OrderFeed: the events of all orders, for those that follow them."""

from typing import NamedTuple, Protocol

from domain.events import OrderEvent


class FeedEntry(NamedTuple):
    """One event of any order, and its place in the feed."""

    position: int  # from 1, without a gap
    event: OrderEvent


class OrderFeed(Protocol):
    """The events of all orders in one line, which every reader sees alike.

    Nothing is ever put in before an entry that somebody may have read, however late it was
    committed; what nobody can have read yet stands in the order of its times, and an order's own
    events in theirs.
    """

    def events_after(self, position: int, limit: int) -> list[FeedEntry]:
        """At most `limit` entries behind that position, the next one first.

        What was committed before the call is found by reading on until nothing comes. Blocks on
        the store, may be called from any thread, and raises RepositoryUnavailable.
        """
