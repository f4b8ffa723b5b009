"""The threads that run requests; some are kept for probes, however many other requests wait."""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

log = logging.getLogger(__name__)

WAIT_SECONDS = 1.0  # for a thread
STUCK_SECONDS = 2.0  # after this long without a request begun or ended, waiting is no use

Job = Callable[[], object]
Later = Callable[[float, Job], object]  # calls a job after some seconds, in any thread


def probe_threads(threads: int) -> int:
    """How many of a server's threads are kept for probes; the rest are for other requests."""
    return max(1, threads // 8)


class RequestThreads:
    """Runs jobs in the order in which they come, each in a thread. Thread-safe.

    `threads` is how many there are in all, though at least one for probes and one for the others.
    A job that finds none free waits up to `wait_seconds`; not at all once no job has begun or ended
    for `stuck_seconds`.
    """

    def __init__(
        self,
        threads: int,
        later: Later,
        wait_seconds: float = WAIT_SECONDS,
        stuck_seconds: float = STUCK_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._later = later
        self._now = now
        self._wait_seconds = wait_seconds
        self._stuck_seconds = stuck_seconds
        for_probes = probe_threads(threads)
        self._free = max(1, threads - for_probes)  # less than 0: so many jobs wait
        self._lock = threading.Lock()
        self._moved_at = self._now()  # when a job last began or ended
        self._jobs: SimpleQueue[Job] = SimpleQueue()
        self._probes: SimpleQueue[Job] = SimpleQueue()
        for number in range(self._free):
            _start(f"request-{number}", self._run)
        for number in range(for_probes):
            _start(f"probe-{number}", self._run_probes)

    def run(self, job: Job, refuse: Job | None = None) -> None:
        """Run the job in a thread, or call `refuse`; without one, it waits without an end.

        Blocks for nothing. What the job raises is logged.
        """
        with self._lock:
            has_to_wait = self._free <= 0
            if not has_to_wait:
                self._moved_at = self._now()  # a burst after a rest waits for threads to begin
            is_stuck = self._now() - self._moved_at > self._stuck_seconds
            is_refused = has_to_wait and is_stuck and refuse is not None
            if not is_refused:
                self._free -= 1
        if refuse is not None and is_refused:
            refuse()
            return
        if refuse is not None and has_to_wait:
            job = patient = _Patient(job, refuse)
            self._later(self._wait_seconds, patient.give_up)
        self._jobs.put(job)  # _run takes it from here

    def run_probe(self, job: Job) -> None:
        """Run the job in a thread that is kept for probes. Blocks for nothing."""
        self._probes.put(job)

    def _run(self) -> None:
        while True:
            job = self._jobs.get()
            self._moved_at = self._now()
            _call(job)
            del job  # it holds a request's body, and the wait for the next one may be long
            with self._lock:
                self._free += 1
                self._moved_at = self._now()

    def _run_probes(self) -> None:
        while True:
            _call(self._probes.get())


class _Patient:
    """A job that waits for a thread: it is run or refused, whichever comes first."""

    def __init__(self, job: Job, refuse: Job) -> None:
        self._job: Job | None = job
        self._refuse = refuse
        self._lock = threading.Lock()

    def __call__(self) -> None:
        if job := self._take():
            job()

    def give_up(self) -> None:
        if self._take():
            self._refuse()

    def _take(self) -> Job | None:
        """The job, to the first who asks; it holds a request's body, and this may live on."""
        with self._lock:
            job, self._job = self._job, None
        return job


def _start(name: str, run: Job) -> None:
    threading.Thread(target=run, name=name, daemon=True).start()


def _call(job: Job) -> None:
    try:
        job()
    except BaseException:  # the thread goes on with the next one
        log.exception("a request failed outside of the application")
