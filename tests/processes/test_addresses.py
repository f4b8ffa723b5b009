"""The address: a name or a number, bound once, and shared with no other process."""

import socket
from pathlib import Path

import pytest

from tests.harness.processes import MAIN, run_main
from tests.harness.service import running

AT_A_NAME = ("python", MAIN, "serve", "--host", "localhost", "--port", "{port}")


def test_a_service_listens_at_a_name_and_shares_its_port_with_nobody(tmp_path: Path) -> None:
    with running(tmp_path, AT_A_NAME) as service:
        with socket.socket() as stranger:
            stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            with pytest.raises(OSError, match="in use"):
                stranger.bind(("127.0.0.1", service.port))
        second = run_main(tmp_path, "serve", "--port", str(service.port))
        printed = service.log.read_text()

    assert f"http://localhost:{service.port}/orders" in printed
    assert second.returncode == 2
    refusal = (
        f"error: cannot listen on ORDERS_HOST='127.0.0.1' ORDERS_PORT={service.port}:"
        " Address already in use; "
    )
    assert second.stderr.startswith(refusal)
    assert len(second.stderr.splitlines()) == 1
    suggested = int(second.stderr.removeprefix(refusal).split()[0])
    assert 0 < suggested - service.port <= 20


def test_a_host_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    result = run_main(tmp_path, "serve", "--host", "no.such.host.invalid", "--port", "8080")

    assert result.returncode == 2
    assert result.stderr.startswith(
        "error: cannot listen on ORDERS_HOST='no.such.host.invalid' ORDERS_PORT=8080: "
    )
    assert len(result.stderr.splitlines()) == 1
