"""A fulfilment system, over real sockets: it notes what it is sent, and answers as it is told."""

import json
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

Reply = bytes | Callable[[socket.socket], object]

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # of no real system


class Received(NamedTuple):
    """One request, its header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


def answer(status: int, body: object = "", **headers: str) -> bytes:
    """A whole answer; what is not text is sent as JSON."""
    content = body if isinstance(body, str) else json.dumps(body)
    kind = "text/plain" if isinstance(body, str) else "application/json"
    given = {"Content-Type": kind, "Content-Length": str(len(content.encode()))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} x", *(f"{name}: {value}" for name, value in given.items())]
    return "\r\n".join([*lines, "", content]).encode()


class FulfilmentSystem:
    """Gives its replies in turn, the last one for ever; a reply may be a function of the socket."""

    def __init__(self, *replies: Reply) -> None:
        self._replies = deque(replies)
        self.received: list[Received] = []
        self.connections = 0
        self.hung_up = 0  # by the other side
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/orders"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Hang up on everybody."""
        for one in [self._listener, *self._sockets]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                self._sockets.add(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), client.makefile("rb") as stream:
            while (line := stream.readline()) != b"":
                headers = dict(_headers(stream.readline))
                body = stream.read(int(headers["content-length"]))
                self.received.append(Received(line.decode().strip(), headers, body))
                reply = self._replies[0] if len(self._replies) == 1 else self._replies.popleft()
                if isinstance(reply, bytes):
                    client.sendall(reply)
                else:
                    reply(client)
                    return
            self.hung_up += 1


def _headers(read_line: Callable[[], bytes]) -> Iterator[tuple[str, str]]:
    while (line := read_line().decode().strip()) != "":
        name, _, value = line.partition(": ")
        yield name.lower(), value


def stay_silent(client: socket.socket) -> None:
    """A reply that never comes."""
    client.recv(1)  # until the other side hangs up


@contextmanager
def fulfilment(*replies: Reply) -> Iterator[FulfilmentSystem]:
    """A fulfilment system that ends with the block."""
    system = FulfilmentSystem(*replies)
    try:
        yield system
    finally:
        system.close()
