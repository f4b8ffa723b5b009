"""Explanation: why an order is where it is, in fields and in plain words."""

from dataclasses import dataclass
from datetime import datetime

from application.views.standing import Line, Pace, Used, Why
from domain.order import Order


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What is known of one order; None for what does not apply, or is not known."""

    order: Order
    why: Why
    line: Line | None
    pace: Pace | None
    expected_start_at: datetime | None
    expected_end_at: datetime | None
    attempts: Used  # that failed
    crashes: Used
    last_error: str | None  # the first line, which clients may see
    pause_reason: str | None  # where processing is paused, if somebody has said why

    @property
    def holder(self) -> str | None:
        """The process that works on it, until `due_at` unless its heartbeat comes."""
        return self.order.owner if self.why is Why.IN_PROCESSING else None

    @property
    def held_until(self) -> datetime | None:
        """When its holder counts as gone, unless its heartbeat comes first."""
        return self.order.due_at if self.why is Why.IN_PROCESSING else None

    @property
    def parked_until(self) -> datetime | None:
        """When its processor must have said what came of it."""
        return self.order.due_at if self.why is Why.PARKED else None

    @property
    def next_retry_at(self) -> datetime | None:
        """When its back-off ends."""
        return self.order.due_at if self.why is Why.BACKING_OFF else None

    @property
    def hold_reason(self) -> str | None:
        """Why somebody holds it, if they said so."""
        return self.order.public_reason if self.why is Why.HELD else None

    @property
    def summary(self) -> str:
        """All of it in plain words."""
        return " ".join(filter(None, (self._where(), self._when(), self._past())))

    def _where(self) -> str:
        match self.why:
            case Why.IN_LINE | Why.PAUSED | Why.LIMITED | Why.UNAVAILABLE:
                words = f"{self._line_waits_for()}{self._place()}."
            case Why.USER_LIMITED:
                words = "It waits for the limits of its user's orders to let it start."
            case Why.BACKING_OFF:
                words = f"It will be tried again at {_text(self.next_retry_at)}."
            case Why.SCHEDULED:
                words = f"It is not to be started before {_text(self.order.not_before)}."
            case Why.HELD:
                words = f"It is held{_because(self.hold_reason)}, and waits to be released."
            case Why.IN_PROCESSING:
                words = (
                    f"It is being processed, for the {_nth(self.order.attempt)} time, by process"
                    f" {self.holder}; unless that renews its lease, it is given to another one at"
                    f" {_text(self.held_until)}."
                )
            case Why.PARKED:
                words = (
                    "Its processor has accepted it, and has to say what came of it by"
                    f" {_text(self.parked_until)}."
                )
            case Why.COMPLETED | Why.FAILED | Why.CANCELLED:
                words = self._ended()
        return words

    def _ended(self) -> str:
        when = f"at {_text(self.order.ended_at)}"
        match self.why:
            case Why.FAILED:
                return (
                    f"It failed {when}{_because(self.last_error)}, and is not tried again unless"
                    " somebody retries it."
                )
            case Why.CANCELLED:
                return f"It was cancelled {when}{_because(self.order.public_reason)}."
        return f"It was completed {when}."

    def _line_waits_for(self) -> str:
        match self.why:
            case Why.PAUSED:
                reason = _because(self.pause_reason)
                return f"Processing is paused{reason}; it waits for that to end"
            case Why.LIMITED:
                return "It waits for the limits of processing to let it start"
            case Why.UNAVAILABLE:
                return "It waits until whoever does the work can be reached again"
        return "It waits for a worker"

    def _place(self) -> str:
        if self.line is None or not self.line.ahead:
            return ", and is the next in line"
        more = "more than " if self.line.is_longer else ""
        orders = "order is" if self.line.ahead == 1 else "orders are"
        return f"; {more}{self.line.ahead:,} {orders} due before it"

    def _when(self) -> str | None:
        if self.expected_end_at is None:
            return None
        if self.expected_start_at is None:
            return f"It should end at about {_text(self.expected_end_at)}."
        return (
            f"It should start at about {_text(self.expected_start_at)} and end at about"
            f" {_text(self.expected_end_at)}, by what is measured now: {self.pace}."
        )

    def _past(self) -> str | None:
        """What went wrong before, if anything has; a failed order has said it already."""
        parts = [
            f"{used} {word} used"
            for used, word in ((self.attempts, "attempts"), (self.crashes, "crashes"))
            if used.used
        ]
        if not parts:
            return None
        error = "" if self.why is Why.FAILED or self.last_error is None else self.last_error
        return f"{' and '.join(parts)}{'; the last error: ' if error else ''}{error}."


def _text(moment: datetime | None) -> str:
    return "an unknown time" if moment is None else moment.isoformat(timespec="seconds")


def _because(reason: str | None) -> str:
    return "" if reason is None else f" ({reason})"


def _nth(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th."""
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number % 100 in {11, 12, 13} else ending}"
