"""A processor that hangs: its attempts are given up, and others go on."""

from pathlib import Path

import pytest

from tests.harness.service import running
from tests.harness.waits import wait_until

BLOCKS = """
import threading

def work(order):
    if order.order_id.startswith("slow"):
        threading.Event().wait()
"""
AWAITS = """
import asyncio

async def work(order):
    if order.order_id.startswith("slow"):
        await asyncio.Event().wait()
"""


@pytest.mark.parametrize("source", [BLOCKS, AWAITS], ids=["blocks", "awaits"])
def test_what_hangs_fails_and_keeps_neither_others_nor_a_stop(tmp_path: Path, source: str) -> None:
    (tmp_path / "shop.py").write_text(source)
    with running(
        tmp_path,
        PROCESSOR=f"{tmp_path}/shop.py:work",
        PROCESSING_TIMEOUT_SECONDS=0.5,
        MAX_WORKERS=4,  # as many as attempts that hang: each is given up
        MAX_ATTEMPTS=2,
        SWEEP_SECONDS=0.1,
    ) as service:
        for order_id in ("slow-1", "slow-2", *(f"quick-{number}" for number in range(20))):
            service.create(order_id)

        wait_until(lambda: service.count("Completed") == 20)
        wait_until(lambda: service.count("Failed") == 2)

        assert service.get("/orders/slow-1")[1]["failure_reason"] == "took longer than 0.5 s"
        assert service.terminate() == 0
        assert "Traceback" not in service.log.read_text()
