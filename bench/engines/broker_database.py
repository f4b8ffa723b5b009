"""An empty database on the Redis or Valkey of the tests: the broker of Dramatiq."""

import importlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench import BenchFailed
from tests.harness.brokers import broker_url

DATABASES = range(15, 0, -1)  # 0 is most likely to have others' data


@dataclass(frozen=True, slots=True)
class BrokerDatabase:
    """A database that was empty: whatever is in it is ours."""

    url: str
    empty: Callable[[], object]


@contextmanager
def broker_database() -> Iterator[BrokerDatabase]:
    """The first empty database; emptied again afterwards. Raises BenchFailed if none is empty."""
    redis = importlib.import_module("redis")
    address = urlsplit(broker_url("redis"))
    for number in DATABASES:
        url = address._replace(path=f"/{number}").geturl()
        with closing(redis.Redis.from_url(url)) as client:
            if client.dbsize() == 0:
                try:
                    yield BrokerDatabase(url, client.flushdb)
                finally:
                    client.flushdb()
                return
    raise BenchFailed(f"every database of {address.geturl()} has keys")
