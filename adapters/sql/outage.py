"""Logs one line when a database goes away, and one when it is back."""

import logging
import threading
import time

log = logging.getLogger(__name__)

CALM_SECONDS = 1.0  # without a failure, before it counts as back


class Outage:
    """Of one database, from any thread; `name` is what the log calls it, without a password."""

    def __init__(self, name: str, calm_seconds: float = CALM_SECONDS) -> None:
        self._name = name
        self._calm_seconds = calm_seconds
        self._lock = threading.Lock()
        self._began_at: float | None = None  # monotonic seconds
        self._failed_at = 0.0
        self._failures = 0

    def failed(self, error: Exception) -> None:
        """A call failed because of the database."""
        now = time.monotonic()
        with self._lock:
            self._failures += 1
            self._failed_at = now
            is_first = self._began_at is None
            self._began_at = now if self._began_at is None else self._began_at
        if is_first:
            log.warning("%s cannot be used: %s", self._name, str(error).partition("\n")[0])

    def succeeded(self) -> None:
        """A call wrote something."""
        if self._began_at is None:  # as nearly always: worth no lock
            return
        now = time.monotonic()
        with self._lock:
            began_at, failures = self._began_at, self._failures
            if began_at is None or now - self._failed_at < self._calm_seconds:
                return
            self._began_at, self._failures = None, 0
        log.warning(
            "%s can be used again, after %.0f s and %d failed calls",
            self._name,
            now - began_at,
            failures,
        )
