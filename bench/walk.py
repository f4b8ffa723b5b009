"""`python -m bench.walk`: the two ways of an order through the code, in files and calls.

A POST: from the request to the hint that is handed to the queue, by when the row is on disk. A
hint: from there to the outcome on disk, by one worker whose processor does nothing. Both on an
SQLite file, after a first order for which everything was set up.

A call is one of a named function in domain/, application/, adapters/ or entrypoints/, in any
thread; a generator is called once. A change of file is a call in another file than the call before
it in the same thread.
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


class Trace:
    """Follows calls of this thread on request, and of all threads that start later."""

    def __init__(self) -> None:
        self._calls: dict[FrameType, int] = {}  # and the thread of each, in their order
        threading.setprofile(self._note)

    def follow(self, begin: Callable[[], object]) -> str:
        """What there was to see from its beginning until all threads were quiet."""
        self._calls.clear()
        sys.setprofile(self._note)
        begin()
        sys.setprofile(None)
        before = -1
        while before < (before := len(self._calls)):
            time.sleep(0.3)  # with no call in it, nothing is under way any more
        threads: dict[int, list[str]] = {}
        for frame, thread in self._calls.items():
            threads.setdefault(thread, []).append(frame.f_code.co_filename)
        files = set().union(*threads.values())
        changes = sum(one != two for calls in threads.values() for one, two in pairwise(calls))
        return f"{len(files)} files, {len(self._calls)} calls, {changes} changes of file"

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(ROOMS) and code.co_name[0] != "<":
            self._calls.setdefault(frame, threading.get_ident())


class EndOfPost:
    """A ProcessingQueue that only keeps the last hint; there, a POST is followed no further."""

    hint: Order

    def free_slots(self) -> int:
        return 1

    def submit(self, order: Order) -> bool:
        sys.setprofile(None)
        self.hint = order
        return True


def main(url: str) -> None:
    """Walk twice on that new database, and print what the second time was like."""
    trace, end_of_post = Trace(), EndOfPost()
    given = {"DATABASE_URL": url, "PROCESSING_SECONDS": "0", "MAX_WORKERS": "1"}
    environment = {f"ORDERS_{name}": value for name, value in given.items()}
    container = Container(settings=load_settings(environment, dotenv_path=""))
    container.stores().require_schema()
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
