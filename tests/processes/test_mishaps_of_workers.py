"""What may happen to a worker besides faults: garbage, refusals, silence while it stops."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from sqlalchemy import URL

from adapters.celery.app import TASK
from tests.harness.brokers import new_queue
from tests.harness.database_servers import silenceable
from tests.harness.deployment import CELERY, Deployment, Worker, deployment
from tests.harness.processes import launched
from tests.harness.waits import wait_until

WITHOUT_A_CALL = ["null", "{}", "[]", '"x"']
WITHOUT_A_HINT = ["[[{}, []], {}, {}]", "[[1], {}, {}]", "[[null, null], {}, {}]"]


@pytest.fixture
def deployed(database: URL, tmp_path: Path) -> Iterator[Deployment]:
    with (
        new_queue("rabbitmq") as (url, queue),
        deployment(tmp_path, database, url, queue) as it,
    ):
        yield it


def send(deployed: Deployment, body: str, **headers: object) -> None:
    with Connection(deployed.settings["BROKER_URL"]) as connection:
        producer: Any = connection.Producer()
        producer.publish(
            body,
            routing_key=deployed.settings["BROKER_QUEUE"],
            headers={"task": TASK, "lang": "py", **headers},
            content_type="application/json",
            content_encoding="utf-8",
        )


@pytest.mark.usefixtures("fresh_processes")
def test_garbage_does_not_end_a_worker(deployed: Deployment) -> None:
    api, worker = deployed.start_api(), deployed.start_worker()
    for number, body in enumerate(WITHOUT_A_CALL + WITHOUT_A_HINT):
        send(deployed, body, id=f"garbage-{number}")
    send(deployed, "[[], {}, {}]")  # without an id
    send(deployed, "[[], {}, {}]", id="hurried", timelimit=5)

    assert api.create("order-1") == 201

    deployed.wait_until_all_are_completed()
    assert worker.is_running()
    assert worker.terminate() == 0


@pytest.mark.parametrize("trouble", ["a wrong password", "a queue of another kind"])
def test_a_broker_that_refuses_the_worker_is_reported_in_one_line(
    deployed: Deployment, trouble: str
) -> None:
    if trouble == "a wrong password":
        deployed.settings["BROKER_URL"] = deployed.settings["BROKER_URL"].replace(
            "guest:guest@", "guest:mistaken@"
        )
    else:
        with Connection(deployed.settings["BROKER_URL"]) as connection:
            channel: Any = connection.default_channel
            channel.queue_declare(
                deployed.settings["BROKER_QUEUE"],
                durable=True,
                auto_delete=False,
                arguments={"x-max-length": 1},
            )

    with launched(Worker(deployed.folder, **deployed.settings)) as worker:
        assert worker.wait() == 2

    (line,) = worker.log.read_text().splitlines()
    assert line.startswith("error: ORDERS_BROKER_URL=")
    assert "mistaken" not in line


def test_a_worker_stops_while_its_database_is_silent(database: URL, tmp_path: Path) -> None:
    with new_queue("rabbitmq") as (url, queue), silenceable(database) as (through, proxy):
        settings = {"PROCESSING_SECONDS": 3_600, "DRAIN_SECONDS": 1}
        with deployment(tmp_path, through, url, queue, **settings) as deployed:
            api, worker = deployed.start_api(), deployed.start_worker()
            assert api.post("/orders/populate", {"total_entries": 30})[0] == 201
            wait_until(lambda: api.count("processing") == deployed.settings["MAX_WORKERS"])
            proxy.go_silent()

            assert worker.terminate() == 0


def test_two_workers_of_one_name_may_overlap(deployed: Deployment) -> None:
    api = deployed.start_api()
    old, new = deployed.start_worker(*CELERY), deployed.start_worker(*CELERY)

    assert old.terminate() == 0
    assert api.create("order-1") == 201
    deployed.wait_until_all_are_completed()
    assert new.terminate() == 0


def waiting_at_the_broker(deployed: Deployment) -> int:
    """Messages that no worker has fetched."""
    with Connection(deployed.settings["BROKER_URL"]) as connection:
        channel: Any = connection.default_channel
        queue = channel.queue_declare(deployed.settings["BROKER_QUEUE"], passive=True)
        return int(queue.message_count)


def test_a_busy_solo_worker_is_not_stalled(deployed: Deployment) -> None:
    """Its only thread waits for room with a hint in its hands, while others wait at the broker."""
    deployed.settings |= {
        "PROCESSING_SECONDS": 3_600,
        "MAX_WORKERS": 1,
        "BROKER_VISIBILITY_SECONDS": 3_600,  # or more hints would come
    }
    api = deployed.start_api()
    deployed.start_worker(*CELERY, "-P", "solo")
    wait_until(lambda: deployed.check().returncode == 0)
    for number in range(10):
        api.create(f"order-{number}")
    wait_until(lambda: api.count("processing") == 1 and waiting_at_the_broker(deployed) > 0)
    deadline = time.monotonic() + 3  # it would count as stalled long before

    while time.monotonic() < deadline:
        assert deployed.check("--stalled-after", "1").returncode == 0
    assert waiting_at_the_broker(deployed) > 0
