"""A proxy that can fall silent, like a network that drops every packet."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

Address = tuple[str, int] | str  # a host and a port, or the path of a Unix socket


class Proxy:
    """Forwards connections to `port`. While silent, they stay open and new ones are accepted.

    What was sent meanwhile arrives once it speaks again.
    """

    def __init__(self, target: Address) -> None:
        self._target = target
        self._speaks = threading.Event()
        self._speaks.set()
        self._sockets: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def go_silent(self) -> None:
        """Forward nothing from now on, either way."""
        self._speaks.clear()

    def speak(self) -> None:
        """Forward again, beginning with what was held back."""
        self._speaks.set()

    def cut(self) -> None:
        """End all connections."""
        for one in list(self._sockets):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Accept no more connections, and end all."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts
        self._listener.close()
        self._speaks.set()
        self.cut()

    def _accept(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        self._sockets.add(client)
        with client, suppress(OSError):
            self._speaks.wait()
            with _connected(self._target) as server:
                self._sockets.add(server)
                back = threading.Thread(target=self._forward, args=(server, client), daemon=True)
                back.start()
                self._forward(client, server)
                back.join()
                self._sockets.discard(server)
        self._sockets.discard(client)

    def _forward(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._speaks.wait()
                target.sendall(data)
        self._speaks.wait()  # the end of a connection is held back, too
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


def _connected(target: Address) -> socket.socket:
    if not isinstance(target, str):
        return socket.create_connection(target)
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(target)
    return connection


@contextmanager
def proxy_to(target: Address) -> Iterator[Proxy]:
    """A proxy that ends with the block."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
