"""What the command line's options are for."""

import os

import pytest

from entrypoints.startup import build_container
from entrypoints.wiring.load_settings import load_settings


def test_an_option_overrides_the_environment_in_processes_that_are_forked_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ORDERS_PORT", "0")  # not valid

    container = build_container(port="7199")

    assert container.settings().port == 7199
    assert load_settings(os.environ, dotenv_path="").port == 7199
