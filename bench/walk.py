"""`python -m bench.walk`: counts the files and calls of an order's two paths through the code.

POST: from the request until its hint is handed to the queue; the row is on disk by then.
hint: from there until the outcome is on disk; one worker, with a processor that does nothing.
Both are on an SQLite file, and follow the second order: the first one sets everything up.

Counted are calls of named functions in domain/, application/, adapters/ and entrypoints/, in all
threads; a generator counts once. A change of file is a call whose predecessor in the same thread
was in another file.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from types import FrameType

from dependency_injector.providers import Object

from domain.order import Order
from entrypoints.http.app import create_http_app
from entrypoints.wiring.container import Container
from entrypoints.wiring.load_settings import load_settings
from tests.harness.processes import ROOT

ROOMS = tuple(f"{ROOT}/{room}/" for room in ("domain", "application", "adapters", "entrypoints"))
QUIET_SECONDS = 0.3  # without a call: no thread has anything left to do


class Trace:
    """Records calls in this thread while following, and in all threads that start later."""

    def __init__(self) -> None:
        self._calls: dict[FrameType, int] = {}  # with the thread of each, in order
        threading.setprofile(self._note)

    def follow(self, begin: Callable[[], object]) -> str:
        """What was called from `begin` until no thread made another call."""
        self._calls.clear()
        sys.setprofile(self._note)
        begin()
        sys.setprofile(None)
        self._wait_until_quiet()
        threads: dict[int, list[str]] = {}
        for frame, thread in self._calls.items():
            threads.setdefault(thread, []).append(frame.f_code.co_filename)
        files = set().union(*threads.values())
        changes = sum(one != two for calls in threads.values() for one, two in pairwise(calls))
        return f"{len(files)} files, {len(self._calls)} calls, {changes} changes of file"

    def _wait_until_quiet(self) -> None:
        seen = -1
        while len(self._calls) > seen:
            seen = len(self._calls)
            time.sleep(QUIET_SECONDS)  # threads that are traced say nothing when they are done

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ROOMS) and code.co_name[0] != "<":
            self._calls.setdefault(frame, threading.get_ident())


class EndOfPost:
    """Stands in for the queue: keeps the last hint, and ends the trace of a POST there."""

    hint: Order

    def free_slots(self) -> int:
        return 1

    def submit(self, order: Order) -> bool:
        sys.setprofile(None)
        self.hint = order
        return True


def main(url: str) -> None:
    """Walk twice on a new database, and print the second walk."""
    trace, end_of_post = Trace(), EndOfPost()
    given = {"DATABASE_URL": url, "PROCESSING_SECONDS": "0", "MAX_WORKERS": "1"}
    environment = {f"ORDERS_{name}": value for name, value in given.items()}
    container = Container(settings=load_settings(environment, dotenv_path=""))
    container.stores().require_schema()
    container.follow_flow()()
    queue = container.queue()
    container.queue.override(Object(end_of_post))
    client = create_http_app(container).test_client()
    order = {"user_id": 1, "item_ids": [1], "total_amount": 1}
    for order_id in ("first", "second"):
        body = json.dumps(order | {"order_id": order_id})
        request = partial(client.post, "/orders/", data=body, content_type="application/json")
        post = trace.follow(request)
        hint = trace.follow(lambda: queue.submit(end_of_post.hint))
    assert client.get("/orders/second").get_json()["status"] == "Completed"
    print(f"POST: {post}\nhint: {hint}")  # noqa: T201


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="walk-") as folder:
        main(f"sqlite:///{folder}/orders.db")
