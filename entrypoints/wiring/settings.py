"""Every setting, declared once: what it may be, its default, and what it means.

The check, the error that a wrong value gets, `--help` and the README's table come from here.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from entrypoints.wiring.declaration import setting
from entrypoints.wiring.setting_fields import (
    MEMORY_URL,
    BrokerUrl,
    DatabaseUrl,
    FulfilmentUrl,
    SecondsRange,
    SigningSecret,
    address,
    like,
    one_of,
    portion,
    seconds,
    whole_number,
)

LEASE_SECONDS = (1, 3_600)  # the shortest and the longest


class StartError(Exception):
    """The service cannot start; the message is one line that says why and what to do."""


class SettingsError(StartError):
    """A setting is wrong; the message names it, its value and what is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The settings as the container reads them."""

    host: str = setting(address(), "127.0.0.1", "where to listen: an address, or a name")
    port: int = setting(whole_number(1, 65_535, "a port, "), "5000", "the port to listen on")
    database_url: str = setting(
        DatabaseUrl(),
        "sqlite:///orders.db",
        "an SQLite file; or on a server `postgresql+psycopg://USER:PASSWORD@HOST/DATABASE` or"
        " `mysql+pymysql://USER:PASSWORD@HOST/DATABASE`; `memory://` keeps nothing after the"
        " process ends",
    )
    queue: str = setting(
        one_of("thread_pool", "celery"),
        "thread_pool",
        "what runs the work: this process itself, or the workers of `celery`",
    )
    broker_url: str = setting(
        BrokerUrl(), "", "for Celery: `amqp://USER:PASSWORD@HOST:5672//` or `redis://HOST:6379/0`"
    )
    broker_queue: str = setting(
        like(re.compile(r"[\w.-]{1,100}\Z", re.ASCII), "1 to 100 of A-Z a-z 0-9 . _ -"),
        "orders",
        "the queue's name at the broker",
    )
    broker_visibility_seconds: float = setting(
        seconds(1, 3_600),
        "60",
        "how long a hint may take to start its order; after that, the order is dispatched again",
    )
    processor: str = setting(
        like(
            re.compile(r"(simulated|http|([A-Za-z_][\w.]*|[^:]+\.py):[A-Za-z_]\w*)\Z"),
            "simulated, http, package.module:function, or path/to/file.py:function",
        ),
        "simulated",
        "the work: a random delay, `http` to have a fulfilment system do it, or your own"
        " `package.module:function` or `path/to/file.py:function`; see docs/processors.md",
    )
    processing_seconds: tuple[float, float] = setting(
        SecondsRange(), "3-7", "the simulated delay: a range, or one number; `0` for none"
    )
    simulated_failure_rate: float = setting(
        portion(), "0", "how many of the simulated attempts fail, from 0 to 1"
    )
    processing_timeout_seconds: float = setting(
        seconds(0, 86_400),
        "0",
        "how long an attempt may take: then it has failed, and what comes of it is ignored; `0` for"
        " no limit",
    )
    fulfilment_url: str = setting(FulfilmentUrl(), "", "where `http` POSTs each order to")
    fulfilment_secret: str = setting(
        SigningSecret(), "", "what it signs with, and checks callbacks by: `whsec_` and base64"
    )
    fulfilment_connect_seconds: float = setting(
        seconds(0.1, 60), "5", "how long the fulfilment system may take to be reached"
    )
    fulfilment_answer_seconds: float = setting(
        seconds(0.1, 3_600), "30", "how long it may take in all, to the end of its answer"
    )
    callback_seconds: float = setting(
        seconds(1, 30 * 86_400),
        "3600",
        "how long an order that was accepted elsewhere waits for the callback; after that, the"
        " attempt has failed",
    )
    max_workers: int = setting(
        whole_number(1, 100_000),
        "100",
        "orders processed at once by one process; above 1,000 only with a processor that is `async"
        " def`, with `http`, and with the simulated one",
    )
    max_attempts: int = setting(
        whole_number(1, 1_000), "5", "failed attempts before an order is Failed"
    )
    max_crashes: int = setting(
        whole_number(1, 1_000), "20", "crashed or silent workers before an order is Failed"
    )
    lease_seconds: float = setting(
        seconds(*LEASE_SECONDS),
        "15",
        "how long a silent worker keeps an order; its heartbeat comes every third of that",
    )
    sweep_seconds: float = setting(
        seconds(0.05, 60),
        "1",
        "seconds between two looks for due orders; at most a third of the lease",
    )
    drain_seconds: float = setting(
        seconds(0, 3_600), "8", "how long a stop waits for running orders"
    )
    stalled_seconds: float = setting(
        seconds(1, 86_400),
        "300",
        "how long work on one order may take, unless its limit is longer, before it is logged; once"
        " all workers are that late and another order has waited as long, the process is not ready",
    )
    server_workers: int = setting(whole_number(1, 64), "1", "server processes")
    server_threads: int = setting(whole_number(1, 512), "32", "request threads in each of them")

    @property
    def is_in_memory(self) -> bool:
        """Whether orders are kept in the memory of this process alone."""
        return self.database_url == MEMORY_URL

    @property
    def is_on_a_server(self) -> bool:
        """Whether orders are on a database server, where other hosts see them."""
        return not self.is_in_memory and not self.database_url.startswith("sqlite")

    @property
    def processor_kind(self) -> str:
        """The kind of processor: simulated, http, or function."""
        return "function" if ":" in self.processor else self.processor

    @property
    def lease(self) -> timedelta:
        """How long a silent worker keeps an order."""
        return timedelta(seconds=self.lease_seconds)

    @property
    def time_limit(self) -> timedelta | None:
        """How long an attempt may take; None for no limit."""
        limit = timedelta(seconds=self.processing_timeout_seconds)
        return limit or None

    @property
    def callback_limit(self) -> timedelta:
        """How long an order that was accepted elsewhere waits for the callback."""
        return timedelta(seconds=self.callback_seconds)

    @property
    def broker_visibility(self) -> timedelta:
        """The visibility timeout of a hint at the broker."""
        return timedelta(seconds=self.broker_visibility_seconds)

    @property
    def hints_in_a_message(self) -> int:
        """The most hints in a message: no more than a worker process can start at once."""
        return min(100, self.max_workers)

    @property
    def heartbeat_seconds(self) -> float:
        """Seconds between heartbeats: two in a row may fail before a lease ends."""
        return self.lease_seconds / 3

    @property
    def sweep(self) -> timedelta:
        """The time between two looks for due orders."""
        return timedelta(seconds=self.sweep_seconds)

    @property
    def work_patience(self) -> timedelta:
        """How long an order may be worked on before it is reported."""
        return timedelta(seconds=max(self.stalled_seconds, self.processing_timeout_seconds))

    @property
    def drain(self) -> timedelta:
        """How long a stop waits for running orders."""
        return timedelta(seconds=self.drain_seconds)
