"""The processor that has a fulfilment system do the work: made of settings, and of an extra."""

import sys

import pytest

from adapters.in_process.event_loop_workers import EventLoopWorkers
from adapters.processors.http import HttpProcessor
from entrypoints.wiring.container import Container
from entrypoints.wiring.load_settings import load_settings
from entrypoints.wiring.settings import StartError
from tests.harness.fulfilment import SECRET


def container() -> Container:
    environment = {
        "ORDERS_DATABASE_URL": "memory://",
        "ORDERS_PROCESSOR": "http",
        "ORDERS_FULFILMENT_URL": "http://127.0.0.1:1/",
        "ORDERS_FULFILMENT_SECRET": SECRET,
        "ORDERS_MAX_WORKERS": "10000",
    }
    return Container(settings=load_settings(environment, dotenv_path=""))


def test_it_works_on_many_orders_in_one_thread() -> None:
    made = container()

    assert isinstance(made.processor(), HttpProcessor)
    assert isinstance(made.workers(), EventLoopWorkers)


def test_a_package_that_is_missing_is_named_with_what_to_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "adapters.processors.http")
    monkeypatch.setitem(sys.modules, "aiohttp", None)  # as if it were not installed

    with pytest.raises(StartError, match=r"aiohttp.*; run: pip install '\.\[http\]'"):
        container().processor()
