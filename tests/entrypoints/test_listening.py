"""The listening socket: what the connections that it accepts inherit."""

import socket
import sys

import pytest

from entrypoints.serving.listening import TAKE_SECONDS, listen


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this limit")
def test_the_system_cuts_off_a_client_that_takes_nothing() -> None:
    with (
        listen("127.0.0.1", 0, backlog=1) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as connection,
    ):
        limit = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)

    assert limit == TAKE_SECONDS * 1000
