"""ProcessingQueue through a broker: hints go out after the commit, and Celery brings them in."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import islice

from adapters.celery.broker import Broker, Session
from application.ports import RepositoryError
from application.processing.follow_hints import Hint
from domain.order import Order

log = logging.getLogger(__name__)

WINDOW = 2_000  # hints that may wait at the broker, whoever published them
IN_A_MESSAGE = 100  # hints at most: so many orders wait for their timeout when a message is lost


class CeleryQueue:
    """One thread publishes, and measures the broker's queue; no other ever waits for the broker.

    A message carries what hints have gathered, up to `in_a_message`: the message is what costs.
    While the broker is away there is no room: orders wait in the database. A worker's thread calls
    `receive` for each message that comes in, and `follow` deals with its hints. `on_room` is called
    after each measurement that finds less than half of the window at the broker. `measure_seconds`
    is the time between measurements, `try_again_seconds` the pause after the broker failed to
    answer.
    """

    def __init__(
        self,
        broker: Broker,
        follow: Callable[[Sequence[Hint]], None],
        on_room: Callable[[], None],
        in_a_message: int = IN_A_MESSAGE,
        window: int = WINDOW,
        measure_seconds: float = 0.2,
        try_again_seconds: float = 1.0,
    ) -> None:
        self.receiving_threads = 0  # of this process, for stalled_seconds(); 0 is never stalled
        self._broker = broker
        self._follow = follow
        self._on_room = on_room
        self._in_a_message = in_a_message
        self._window = window
        self._measure_seconds = measure_seconds
        self._try_again_seconds = try_again_seconds
        self._changed = threading.Condition(threading.Lock())
        self._unpublished: dict[Hint, None] = {}  # the oldest first
        self._sizes: deque[int] = deque(maxlen=window)  # of the last messages, in hints
        self._at_broker: int | None = None  # hints; None while that is not known
        self._publisher: threading.Thread | None = None
        self._receiving = 0  # messages whose hints are followed now
        self._stalled_since: float | None = None  # hints wait, and a thread is free, but none came
        self._closed = False

    def submit(self, order: Order) -> bool:
        with self._changed:
            if (
                self._closed
                or len(self._unpublished) >= self._window
                or not self._ensure_publisher()
            ):
                return False
            self._unpublished[Hint(order.order_id, order.attempt)] = None
            self._changed.notify_all()
            return True

    def free_slots(self) -> int:
        with self._changed:
            if self._closed or not self._ensure_publisher() or self._at_broker is None:
                return 0
            return max(0, self._window - self._at_broker - len(self._unpublished))

    def receive(self, hints: Sequence[Hint]) -> None:
        """Follow hints in this thread. Raises nothing: the orders are safe, whatever happens."""
        with self._changed:
            self._receiving += 1
            self._stalled_since = None
        try:
            self._follow(hints)
        except RepositoryError as error:  # which the store reports itself
            log.debug("orders %s: not started: %s", [hint.order_id for hint in hints], error)
        except BaseException:
            log.exception("cannot follow the hints %s", [tuple(hint) for hint in hints])
        finally:
            with self._changed:
                self._receiving -= 1
                self._changed.notify_all()

    def stalled_seconds(self) -> float:
        """How long this consumer has received nothing while hints waited and a thread was free."""
        since = self._stalled_since
        return 0.0 if since is None else time.monotonic() - since

    def close(self, grace: timedelta) -> bool:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            return self._changed.wait_for(self._is_done, grace.total_seconds())

    def _is_done(self) -> bool:
        out_of_reach = self._at_broker is None  # the rest is due after its visibility timeout
        return not self._receiving and (out_of_reach or not self._unpublished)

    def _ensure_publisher(self) -> bool:
        """Whether there is a publisher; its thread starts when first needed, after any fork."""
        if self._publisher is None:
            publisher = threading.Thread(target=self._run, name="publisher", daemon=True)
            try:
                publisher.start()
            except Exception:
                log.warning("cannot start the thread that publishes hints", exc_info=True)
                return False
            self._publisher = publisher
        return True

    def _run(self) -> None:
        is_away = False
        while not self._closed:
            try:
                with self._broker.connect() as session:
                    self._measure(session)
                    if is_away:
                        log.warning("hints are published again")
                    is_away = False
                    self._publish_until_closed(session)
            except Exception as error:
                if not is_away:
                    log.warning("hints cannot be published; orders wait in the database: %s", error)
                is_away = True
                self._set_at_broker(None)
                with self._changed:
                    self._changed.wait_for(lambda: self._closed, self._try_again_seconds)

    def _publish_until_closed(self, session: Session) -> None:
        """After close(), publishes what is left, and returns."""
        while True:
            measure_at = time.monotonic() + self._measure_seconds
            while hints := self._next_before(measure_at):
                session.publish(hints)
                self._published(hints)
            if self._closed:
                return
            self._measure(session)

    def _next_before(self, moment: float) -> list[Hint]:
        with self._changed:
            self._changed.wait_for(
                lambda: self._unpublished or self._closed, moment - time.monotonic()
            )
            if not self._closed and time.monotonic() >= moment:
                return []
            return list(islice(self._unpublished, self._in_a_message))

    def _published(self, hints: Sequence[Hint]) -> None:
        with self._changed:
            for hint in hints:
                del self._unpublished[hint]
            self._sizes.append(len(hints))
            assert self._at_broker is not None
            self._at_broker += len(hints)
            self._changed.notify_all()

    def _measure(self, session: Session) -> None:
        waiting = self._hints_in(session.waiting())
        self._set_at_broker(waiting)
        if waiting < self._window // 2:
            self._on_room()

    def _hints_in(self, messages: int) -> int:
        """The broker counts messages: the last ones from here, and full ones from others, say."""
        own = min(messages, len(self._sizes))
        return sum(islice(reversed(self._sizes), own)) + (messages - own) * self._in_a_message

    def _set_at_broker(self, waiting: int | None) -> None:
        with self._changed:
            self._at_broker = waiting
            if not waiting or self._receiving >= self.receiving_threads:
                self._stalled_since = None
            elif self._stalled_since is None:
                self._stalled_since = time.monotonic()
            self._changed.notify_all()
