"""Standing: what an order waits for, its place in the line, and how fast that moves."""

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """What an order waits for, or how it ended."""

    IN_LINE = "in_line"  # for a worker
    PAUSED = "paused"  # for somebody to resume processing
    LIMITED = "limited"  # for the limits of processing to let it start
    USER_LIMITED = "user_limited"  # for the limits of its user to let it start
    UNAVAILABLE = "unavailable"  # for whoever does the work, who cannot be reached from here
    BACKING_OFF = "backing_off"  # for its next attempt
    SCHEDULED = "scheduled"  # for the time that its client asked for
    HELD = "held"  # for somebody to release it
    IN_PROCESSING = "in_processing"  # for its worker
    PARKED = "parked"  # for its processor, which has accepted it
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Line:
    """The Pending orders that are due before one."""

    ahead: int
    is_longer: bool  # there are more: it was not counted further


@dataclass(frozen=True, slots=True)
class Used:
    """How many of those that an order has are used up."""

    used: int
    most: int

    def __str__(self) -> str:
        return f"{self.used} of {self.most}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast orders are processed at present, by all processes together."""

    in_processing: int  # orders
    average_seconds: float  # of an order's processing

    @property
    def per_second(self) -> float:
        """How many orders start, and end, in a second: Little's law."""
        return self.in_processing / self.average_seconds

    def __str__(self) -> str:
        orders = "1 order" if self.in_processing == 1 else f"{self.in_processing} orders"
        return f"{orders} in processing, for {self.average_seconds:.3g} s each on average"
