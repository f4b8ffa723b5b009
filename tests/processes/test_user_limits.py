"""Limits of each user, kept by two services at once."""

from pathlib import Path
from typing import Any

from tests.harness.builders import order_body
from tests.harness.processes import run_main
from tests.harness.service import Service, running
from tests.harness.waits import wait_until

OF_ONE, OF_OTHERS, AT_ONCE = 40, 10, 2


def in_processing(service: Service, user_id: int) -> int:
    path = f"/orders?status=Processing&user_id={user_id}"
    return len(service.get(path)[1]["orders"])


def test_one_users_many_orders_hold_up_nobody_elses(tmp_path: Path) -> None:
    settings: dict[str, Any] = {"PROCESSING_SECONDS": 0.1, "SWEEP_SECONDS": 0.2}
    run_main(tmp_path, "limit", "--user-at-once", str(AT_ONCE))
    many = [order_body(f"a{number}") for number in range(OF_ONE)]
    others = [order_body(f"b{number}") | {"user_id": 2 + number} for number in range(OF_OTHERS)]
    most = 0

    with running(tmp_path, **settings) as one, running(tmp_path, **settings) as two:
        assert one.post("/orders/batch", many + others)[0] == 207

        def are_completed(*order_ids: str) -> bool:
            nonlocal most
            most = max(most, in_processing(two, 1))
            return all(two.get(f"/orders/{name}")[1]["status"] == "Completed" for name in order_ids)

        wait_until(lambda: are_completed(*(order["order_id"] for order in others)))
        assert two.count("Completed") < OF_ONE + OF_OTHERS

        wait_until(lambda: are_completed(*(order["order_id"] for order in many)))

    assert 0 < most <= AT_ONCE
