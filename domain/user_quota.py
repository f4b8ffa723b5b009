"""UserQuota: which of the orders that are due may start, by the limits of each user."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from domain.flow import LONG_AGO
from domain.limits import Limits
from domain.order import Order

SHORTEST = timedelta(seconds=0.1)  # until a user's next order is looked at
LONGEST = timedelta(seconds=60)
# The first of a user's line is looked at again after a two-hundredth of the time that it has
# waited, the second after two of them, and so on: from this one on, all after a fourth.
FOURTH = 50
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
        """One start later for each of the user's orders that wait; see also FOURTH.

        So one is there as soon as there is room, and a long line does not all come up again and
        again, nor does one whose user has no room for days.
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
        least = waited * min(before + 1, FOURTH) / (4 * FOURTH)
        wait = min(max(first + before * each, least), LONGEST)
        step = STEP if wait < timedelta(seconds=1) else STEP_FROM_A_SECOND
        return self._now + max(SHORTEST, -(-wait // step) * step)
