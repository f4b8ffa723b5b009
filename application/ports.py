"""What the use cases need from the outside; each docstring is a contract that tests hold."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from domain.batch import Batch
from domain.events import OrderEvent
from domain.order import Change, Order
from domain.totals import Totals
from domain.transitions import OrderStatus


class RepositoryError(Exception):
    """The store did not answer as asked; which of the two it is says what is certain."""


class RepositoryUnavailable(RepositoryError):
    """The store cannot answer now. Worth another try later: nothing of the call was stored."""


class OutcomeUnknown(RepositoryError):
    """No answer in time: the call may have been stored, or may still be. Reading again tells."""


class OrderRepository(Protocol):
    """Keeps orders, their history and their totals, which never disagree.

    `add`, `fill_batch` and `update` are the only writes that an order's history knows of. Each
    call is all or nothing, is on disk when it returns, and stores three things together: the rows,
    one event for each change, and the difference in the totals. Every method may block on the
    store for up to ten seconds, may be called from any thread, and raises RepositoryUnavailable;
    those that write raise OutcomeUnknown as well.
    """

    def add(self, orders: Sequence[Order]) -> list[str]:
        """Store new orders. Returns the ids that were taken already, of which nothing changes.

        An id that stands twice in `orders` is stored once and returned for the second time.
        """

    def update(self, changes: Sequence[Change]) -> list[bool]:
        """For each change replace old by new: True, or False where the stored order is not `old`.

        It is `old` while its status and attempt are the same: no order is twice in one status
        with one attempt. A change that counts a crash asks for the same due_at as well, so that
        a heartbeat that came first wins. Changes apply in order; each sees those before it.
        """

    def reschedule(
        self, orders: Sequence[Order], due_at: datetime, *, unmoved: bool = False
    ) -> list[bool]:
        """Move the deadline of orders whose status and attempt are still the given ones.

        With `unmoved`, only of those whose stored due_at is also still the given one. Returns
        True for each that was moved. No event, no new time of change.
        """

    def claim_batch(self, batch: Batch) -> Batch:
        """Reserve its id for ever; returns what stands there now: `batch`, or an earlier one."""

    def fill_batch(self, batch: Batch, orders: Sequence[Order]) -> list[str] | None:
        """As `add`, and note with it that these entries of the batch are done.

        None, and nothing is stored, when the stored batch is no longer `batch`.
        """

    def probe(self, at: datetime) -> timedelta:
        """See that writes go through: make one, of which no order knows, when its turn comes.

        Returns the longest lease that a process on this store may be using, by what they have
        agreed on; zero where they have not.
        """

    def get(self, order_id: str) -> Order | None:
        """The order as stored now, every field of it, or None."""

    def find_due(
        self, status: OrderStatus, *, now: datetime, horizon: datetime, limit: int
    ) -> list[Order]:
        """At most `limit` orders of that status that want looking at, the longest due first.

        Those whose due_at is not after `now`, and those whose due_at is after `horizon`: no
        honest clock put it so far away.
        """

    def history(self, order_id: str) -> list[OrderEvent]:
        """The order's events, oldest first; empty for an unknown order."""

    def totals(self) -> Totals:
        """The sums over all orders, at a cost that does not grow with their number."""

    def snapshot(self) -> AbstractContextManager["OrderSnapshot"]:
        """The totals and the ids of one moment. Leave the block soon: a writer may wait for it."""

    def close(self) -> None:
        """Let go of the store, at the end of the process."""


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


class OrderSnapshot(Protocol):
    """All orders at one moment; valid inside its `with` block."""

    def totals(self) -> Totals:
        """The sums at that moment."""

    def order_ids(self, status: OrderStatus) -> Iterator[str]:
        """The ids in that status at that moment, read bit by bit."""


class ProcessingQueue(Protocol):
    """Passes hints that a Pending order can be worked on; it may lose or repeat them.

    Nothing here raises and nothing but `close` blocks. The database is the queue of record.
    """

    def submit(self, order: Order) -> bool:
        """Hand over one Pending order, stored already. False when there is no room for it.

        An order that is held already is ignored, and True.
        """

    def free_slots(self) -> int:
        """How many more orders are welcome now; 0 once closed."""

    def close(self, grace: timedelta) -> bool:
        """Start no more orders, wait up to `grace` for those that run; True when all are done."""


class OrderProcessor(Protocol):
    """Does the work that an order asks for, outside of this service."""

    def process(self, order: Order) -> None:
        """Work on the order, at least once; (order_id) is the key to drop repeats by.

        Returns when the work is done. Raises RetryLater when it cannot be done now through no
        fault of the order, and OrderRejected when it can never be done; clients see their
        reasons. Anything else that is raised, SystemExit included, is a failed attempt, of which
        clients see the kind only. Blocks for as long as the work takes.
        """


class RetryLater(Exception):
    """The processor asks to see the order again after `wait`; counts as no failure."""

    reason = "later"  # of a subclass that leaves out what a subclass should do
    wait = timedelta(0)

    def __init__(self, reason: str, wait: timedelta) -> None:
        if not isinstance(wait, timedelta):
            raise TypeError(f"RetryLater wants a timedelta as wait, not {wait!r}")
        super().__init__(reason)
        self.reason = str(reason)
        self.wait = wait


class OrderRejected(Exception):
    """The processor will never do this order; it is Failed at once."""

    reason = "rejected"  # of a subclass that leaves out what a subclass should do

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = str(reason)


class Clock(Protocol):
    """Tells the time. The wall clock may jump either way; the monotonic one never does."""

    def now(self) -> datetime:
        """The wall clock in UTC, with its offset."""

    def monotonic(self) -> float:
        """Seconds from some fixed moment."""

    def sync(self) -> None:
        """Ask anew where the time comes from; raises RepositoryUnavailable when nobody answers.

        From then on now() knows of every jump before this call.
        """

    def sleep(self, seconds: float) -> None:
        """Block for so long."""
