"""UserQuota: which of the orders that are due may start, by the limits of each user."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.flow import LONG_AGO
from domain.limits import Limits
from domain.order import Order

SHORTEST = timedelta(seconds=0.1)  # until a user's next order is looked at
LONGEST = timedelta(seconds=60)
WAITED_PARTS = 4  # the next look at an order is a fourth of its wait away, or further
# Waits are multiples of these, so that many orders have one deadline; what a rate allows is kept
# for a second, so that nothing of it is lost.
STEP, STEP_FROM_A_SECOND = SHORTEST, timedelta(seconds=0.5)
EACH = timedelta(seconds=0.1)  # an order is taken to run for, where nobody can know


class Chosen(NamedTuple):
    """What becomes of orders that are due."""

    to_start: list[Order]
    to_wait: list[tuple[Order, datetime]]  # and when each is worth another look
    left: list[Order]  # for which there is no room, whoever they are of


class UserQuota:
    """What the limits of each user leave, at one moment, for one choice.

    `processing` says how many orders of a user are Processing, and `used_until` what is kept of
    users' rates; either may leave out users of whom there is nothing.
    """

    def __init__(
        self,
        limits: Limits,
        processing: Mapping[int, int],
        used_until: Mapping[int, datetime],
        now: datetime,
    ) -> None:
        self._limits = limits
        self._processing = dict(processing)
        self._used_until = used_until
        self._now = now
        self._waiting: dict[int, int] = {}
        self.used: dict[int, datetime] = {}  # what is to be kept of users' rates, after the choice

    def choose(self, due: Sequence[Order], room: int, latest: datetime) -> Chosen:
        """Up to `room` of these, as they come; the others of a user wait for the next starts.

        But not for longer than until `latest`, nor than LONGEST.
        """
        chosen = Chosen([], [], [])
        for number, order in enumerate(due):
            if len(chosen.to_start) == room:
                chosen.left.extend(due[number:])
                break
            if self.admits(order.user_id):
                self._count(order.user_id)
                chosen.to_start.append(order)
            else:
                chosen.to_wait.append((order, min(self._next_look(order), latest)))
        return chosen

    def admits(self, user_id: int) -> bool:
        """Whether an order more of this user may start."""
        processing = self._processing.get(user_id, 0)
        return self._limits.room(1, processing, self._used(user_id), self._now) > 0

    def _count(self, user_id: int) -> None:
        self._processing[user_id] = self._processing.get(user_id, 0) + 1
        if self._limits.rate_per_second is not None:
            self.used[user_id] = self._limits.used_after(1, self._used(user_id), self._now)

    def _used(self, user_id: int) -> datetime:
        return self.used.get(user_id) or self._used_until.get(user_id, LONG_AGO)

    def _next_look(self, order: Order) -> datetime:
        """One start later for each of the user's orders that wait.

        A part of the time that it has waited, at least: of a long line more come up still than can
        start, but no longer all of it again and again.
        """
        user_id = order.user_id
        before = self._waiting.get(user_id, 0)
        self._waiting[user_id] = before + 1
        waited = self._now - max(order.changed_at, order.not_before or order.changed_at)
        rate, at_once = self._limits.rate_per_second, self._limits.at_once
        first = self._limits.next_start(self._used(user_id), self._now) - self._now
        each = max(
            timedelta(0) if rate is None else timedelta(seconds=1 / rate),
            timedelta(0) if at_once is None else EACH / at_once,
        )
        wait = min(max(first + before * each, waited / WAITED_PARTS), LONGEST)
        step = STEP if wait < timedelta(seconds=1) else STEP_FROM_A_SECOND
        return self._now + max(SHORTEST, -(-wait // step) * step)
