"""The listening socket: bound once, by the main process."""

import errno
import os
import socket
import sys

from entrypoints.wiring.settings import StartError

TAKE_SECONDS = 60  # then a client that takes nothing of what it was sent is disconnected (on Linux)
PORTS_TO_TRY = 20  # when looking for a free one to suggest


def listen(host: str, port: int, backlog: int) -> socket.socket:
    """A socket that listens there, on a port that no other process can share (no SO_REUSEPORT).

    A name is resolved, and an IPv4 address preferred: any client of `localhost` reaches it. Raises
    StartError.
    """
    try:
        listener = _bind(host, port, backlog)
    except (OSError, UnicodeError) as error:
        raise StartError(
            f"cannot listen on ORDERS_HOST={host!r} ORDERS_PORT={port}: {_reason(error)}"
            + _suggestion(error, host, port)
        ) from error
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # its connections inherit it
    if sys.platform == "linux":  # this, too
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, TAKE_SECONDS * 1000)
    return listener


def _bind(host: str, port: int, backlog: int) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, *_, address = min(found, key=lambda one: one[0] is not socket.AF_INET)
    return socket.create_server(
        address,
        family=family,
        backlog=backlog,
        dualstack_ipv6=family is socket.AF_INET6 and socket.has_dualstack_ipv6(),
    )


def _reason(error: OSError | UnicodeError) -> str:
    if isinstance(error, socket.gaierror):
        return error.strerror or "no such host"
    if isinstance(error, OSError) and error.errno:
        return os.strerror(error.errno)  # its own text repeats the address
    return "not an address"


def _suggestion(error: Exception, host: str, port: int) -> str:
    if getattr(error, "errno", None) != errno.EADDRINUSE:
        return ""
    for other in range(port + 1, min(port + PORTS_TO_TRY, 65_535) + 1):
        try:
            _bind(host, other, backlog=1).close()
        except OSError:
            continue
        return f"; {other} is free: try --port {other}"
    return ""
