"""`worker --check` distinguishes live workers from stuck, stalled and missing ones."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.brokers import new_queue
from tests.harness.database_servers import migrated_database
from tests.harness.deployment import CELERY, Deployment, deployment
from tests.harness.waits import wait_until

PROBE_SECONDS = 1  # each is a process


@pytest.fixture
def deployed(tmp_path: Path) -> Iterator[Deployment]:
    with (
        migrated_database("postgresql") as database,
        new_queue("redis") as (url, queue),
        deployment(tmp_path, database, url, queue) as it,
    ):
        yield it


@pytest.mark.usefixtures("fresh_processes")
def test_no_worker_is_a_fault(deployed: Deployment) -> None:
    probe = deployed.check()

    assert probe.returncode == 1
    assert probe.stderr == "no worker of this service runs here\n"


def test_a_frozen_worker_is_distinguished_from_a_live_one(deployed: Deployment) -> None:
    worker = deployed.start_worker()
    wait_until(lambda: deployed.check().returncode == 0, PROBE_SECONDS)

    worker.freeze()

    wait_until(lambda: deployed.check().returncode == 1, PROBE_SECONDS)
    assert f"worker {worker.pid} has been silent for " in deployed.check().stderr
    worker.thaw()
    wait_until(lambda: deployed.check().returncode == 0, PROBE_SECONDS)


def test_a_stalled_worker_is_distinguished_from_one_that_has_nothing_to_do(
    deployed: Deployment,
) -> None:
    api = deployed.start_api()
    with new_queue("redis") as (_, another):
        worker = deployed.start_worker(*CELERY, "-Q", another)
        wait_until(lambda: deployed.check("--stalled-after", "2").returncode == 0, PROBE_SECONDS)

        assert api.create("order-1") == 201

        wait_until(lambda: deployed.check("--stalled-after", "2").returncode == 1, PROBE_SECONDS)
        assert f"worker {worker.pid} is stalled" in deployed.check("--stalled-after", "2").stderr
        worker.kill()
