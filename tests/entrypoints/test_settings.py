"""Settings: defaults, the .env file, and errors that name what is wrong."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from entrypoints.wiring.load_settings import load_settings
from entrypoints.wiring.settings import Settings, SettingsError
from tests.entrypoints.settings_table import README, with_table


def load(**given: str) -> Settings:
    return load_settings({f"ORDERS_{name}": value for name, value in given.items()}, dotenv_path="")


def test_nothing_needs_to_be_set() -> None:
    settings = load()

    assert (settings.host, settings.port) == ("127.0.0.1", 5000)
    assert settings.database_url == "sqlite:///orders.db"
    assert settings.processing_seconds == (3.0, 7.0)
    assert settings.max_workers == 100


@pytest.mark.parametrize(
    ("workers", "hints"), [("1", 1), ("99", 99), ("100", 100), ("100000", 100)]
)
def test_a_message_has_no_more_hints_than_a_worker_process_has_workers(
    workers: str, hints: int
) -> None:
    assert load(MAX_WORKERS=workers).hints_in_a_message == hints


def test_other_variables_are_ignored() -> None:
    assert load_settings({"PATH": "/bin", "PORT": "x"}, dotenv_path="") == load()


@pytest.mark.parametrize(
    ("text", "seconds"), [("3-7", (3, 7)), ("0", (0, 0)), ("0.5", (0.5, 0.5)), ("0-0.1", (0, 0.1))]
)
def test_the_simulated_delay_is_a_range_or_one_number(
    text: str, seconds: tuple[float, float]
) -> None:
    assert load(PROCESSING_SECONDS=text).processing_seconds == seconds


def test_a_dotenv_file_counts_and_the_environment_wins(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("ORDERS_PORT=8080\nORDERS_MAX_WORKERS=7\n")

    settings = load_settings({"ORDERS_PORT": "9090"}, str(dotenv))

    assert (settings.port, settings.max_workers) == (9090, 7)


@pytest.mark.parametrize(
    ("broken", "line"),
    [
        ('ORDERS_PORT=8080\nORDERS_HOST="localhost\n', 2),
        ("# where\n\nORDERS_PORT 8080\n", 3),
        ("ORDERS_PORT\n", 1),
        ("=8080", 1),
    ],
)
def test_a_broken_line_of_a_dotenv_file_is_named(tmp_path: Path, broken: str, line: int) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(broken)

    with pytest.raises(SettingsError, match=rf"\.env, line {line} is not valid; allowed: NAME=VAL"):
        load_settings({}, str(dotenv))


def test_a_dotenv_file_may_be_written_as_others_write_it(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text(
        "\ufeff# here\n\nexport ORDERS_PORT=8080 # mine\nH=localhost\nORDERS_HOST='${H}'\n"
    )

    settings = load_settings({}, str(dotenv))

    assert (settings.host, settings.port) == ("localhost", 8080)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "http"),
        ("PORT", ""),
        ("HOST", ""),
        ("DATABASE_URL", "orders.db"),
        ("DATABASE_URL", "oracle://here/orders"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "postgresql+psycopg://u@h:port/orders"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("QUEUE", "kafka"),
        ("PROCESSOR", "nothing"),
        ("PROCESSOR", "module:"),
        ("PROCESSOR", "https"),
        ("FULFILMENT_URL", "ftp://host/orders"),
        ("FULFILMENT_URL", "https://"),
        ("FULFILMENT_URL", "https://host:port/"),
        ("FULFILMENT_ANSWER_SECONDS", "0"),
        ("CALLBACK_SECONDS", "0"),
        ("PROCESSOR", "ship.py"),
        ("PROCESSOR", "ship.py:"),
        ("PROCESSING_TIMEOUT_SECONDS", "-1"),
        ("SIMULATED_FAILURE_RATE", "1.1"),
        ("SIMULATED_FAILURE_RATE", "nan"),
        ("PROCESSING_SECONDS", "7-3"),
        ("PROCESSING_SECONDS", "soon"),
        ("PROCESSING_SECONDS", "-1"),
        ("PROCESSING_SECONDS", "nan"),
        ("PROCESSING_SECONDS", "0-inf"),
        ("MAX_WORKERS", "0"),
        ("MAX_WORKERS", "1.5"),
        ("MAX_ATTEMPTS", "0"),
        ("MAX_CRASHES", "-1"),
        ("LEASE_SECONDS", "0.5"),
        ("LEASE_SECONDS", "nan"),
        ("BROKER_VISIBILITY_SECONDS", "0"),
        ("SWEEP_SECONDS", "0"),
        ("DRAIN_SECONDS", "-1"),
        ("SERVER_WORKERS", "0"),
        ("SERVER_THREADS", "0"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name_its_value_and_what_is_allowed(
    name: str, value: str
) -> None:
    with pytest.raises(SettingsError) as error:
        load(**{name: value})

    message = str(error.value)
    assert message.startswith(f"ORDERS_{name}={value!r} is not valid; allowed: ")
    assert "\n" not in message


def test_a_misspelled_setting_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"ORDERS_MAX_WORKER is not a setting.*MAX_WORKERS"):
        load(MAX_WORKER="5")


def test_memory_cannot_be_shared_by_several_processes() -> None:
    with pytest.raises(SettingsError, match="ORDERS_SERVER_WORKERS=2 cannot work with"):
        load(DATABASE_URL="memory://", SERVER_WORKERS="2")


def test_the_readme_lists_every_setting_with_its_default() -> None:
    readme = README.read_text()
    row = re.compile(r"^\| `(ORDERS_\w+)` \| (?:none|`([^`]*)`) \|", re.MULTILINE)
    listed = dict(row.findall(readme))

    assert load_settings(listed, dotenv_path="") == load()
    assert {name.removeprefix("ORDERS_").lower() for name in listed} == set(Settings.__slots__)
    assert with_table(readme) == readme, (
        "the README's table is not what entrypoints/wiring/settings.py declares;"
        " rewrite it: .venv/bin/python -m tests.entrypoints.settings_table"
    )


@pytest.mark.parametrize(
    ("path", "repeated"),
    [
        ("docs/growing.md", r"`(ORDERS_\w+)` \((\d+)\)"),
        ("docs/containers.md", r"\(`(ORDERS_\w+)`\) \| (\d+)"),
        ("deploy/Dockerfile", r"'(ORDERS_\w+)', '(\d+)'"),
    ],
)
def test_a_default_that_another_file_repeats_is_the_declared_one(path: str, repeated: str) -> None:
    said = dict(re.findall(repeated, (README.parent / path).read_text()))

    assert said
    assert load_settings(said, dotenv_path="") == load()


FULFILMENT = {
    "PROCESSOR": "http",
    "FULFILMENT_URL": "https://shop:hidden@host:8443/orders?x=1",
    "FULFILMENT_SECRET": "whsec_" + "c2VjcmV0" * 4,
}


def test_a_fulfilment_system_has_an_address_and_a_secret() -> None:
    assert load(**FULFILMENT).processor_kind == "http"


@pytest.mark.parametrize("missing", ["FULFILMENT_URL", "FULFILMENT_SECRET"])
def test_what_a_fulfilment_system_needs_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"ORDERS_PROCESSOR=http needs ORDERS_{missing}, "):
        load(**FULFILMENT | {missing: ""})


@pytest.mark.parametrize(
    "secret",
    ["c2VjcmV0" * 4, "whsec_c2VjcmV0", "whsec_" + "c2VjcmV0" * 11, "whsec_c2VjcmV0c2VjcmV0c"],
)
def test_a_wrong_secret_is_not_repeated(secret: str) -> None:
    with pytest.raises(SettingsError, match="allowed: whsec_ and the base64 of 24") as refusal:
        load(FULFILMENT_SECRET=secret)

    assert str(refusal.value).startswith("ORDERS_FULFILMENT_SECRET='***' is not valid; ")


@pytest.mark.parametrize(
    ("processor", "kind"),
    [
        ("simulated", "simulated"),
        ("http", "http"),
        ("shop.fulfilment:ship", "function"),
        ("shop/fulfilment.py:ship", "function"),
        ("/srv/my shop/ship.py:ship", "function"),
    ],
)
def test_the_kind_of_processor_is_told_by_its_name(processor: str, kind: str) -> None:
    assert load(**FULFILMENT | {"PROCESSOR": processor}).processor_kind == kind


@pytest.mark.parametrize(("seconds", "limit"), [("0", None), ("0.5", timedelta(seconds=0.5))])
def test_attempts_have_a_limit_if_it_is_not_0(seconds: str, limit: timedelta | None) -> None:
    assert load(PROCESSING_TIMEOUT_SECONDS=seconds).time_limit == limit


ON_POSTGRES = {"DATABASE_URL": "postgresql+psycopg://orders:secret@db/orders"}


@pytest.mark.parametrize(
    "url",
    ["amqp://guest:guest@127.0.0.1:5672//", "amqps://mq", "redis://r:6379/0", "rediss://:p@r/1"],
)
def test_rabbitmq_and_redis_are_brokers(url: str) -> None:
    assert load(**ON_POSTGRES, QUEUE="celery", BROKER_URL=url).broker_url == url


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"QUEUE": "celery"} | ON_POSTGRES, "ORDERS_BROKER_URL"),
        ({"QUEUE": "celery", "BROKER_URL": "redis://r"}, "ORDERS_DATABASE_URL=sqlite:///orders.db"),
        (
            {"QUEUE": "celery", "BROKER_URL": "redis://r", "DATABASE_URL": "memory://"},
            "ORDERS_DATABASE_URL=memory://",
        ),
        ({"BROKER_URL": "kafka://u:hidden@k:9092"}, "ORDERS_BROKER_URL='kafka://u:***@k:9092'"),
        (
            {"DATABSE_URL": "postgresql+psycopg://u:hidden@h/d"},
            "ORDERS_DATABSE_URL is not a setting",
        ),
        ({"DATABASE_URL": "mysql+pymysql://h/d?password=hidden"}, "password=***"),
        ({"BROKER_URL": "amqp://h:port"}, "ORDERS_BROKER_URL"),
        ({"BROKER_URL": "amqp://[::1"}, "ORDERS_BROKER_URL"),
        ({"BROKER_URL": "redis://"}, "ORDERS_BROKER_URL"),
        ({"BROKER_QUEUE": "two words"}, "ORDERS_BROKER_QUEUE"),
        ({"BROKER_QUEUE": ""}, "ORDERS_BROKER_QUEUE"),
    ],
)
def test_what_cannot_work_with_a_broker_is_reported(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(named)) as refusal:
        load(**given)

    assert "hidden" not in str(refusal.value)
    assert "secret" not in str(refusal.value)
    assert "\n" not in str(refusal.value)
