"""An empty database on the Redis or Valkey of the tests: the broker of the task queues."""

import importlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bench import BenchFailed
from tests.harness.brokers import broker_url

DATABASES = range(15, 0, -1)  # 0 is most likely to have others' data


@dataclass(frozen=True, slots=True)
class BrokerDatabase:
    """A database that was empty: whatever is in it is ours."""

    url: str
    client: Any
    name: str  # of the server, with its version


@contextmanager
def broker_database() -> Iterator[BrokerDatabase]:
    """The first empty database; emptied again afterwards. Raises BenchFailed if none is empty."""
    redis = importlib.import_module("redis")
    address = urlsplit(broker_url("redis"))
    for number in DATABASES:
        url = address._replace(path=f"/{number}").geturl()
        with closing(redis.Redis.from_url(url)) as client:
            if client.dbsize() == 0:
                information = client.info("server")
                name = f"{information.get('server_name', 'redis')} {information['redis_version']}"
                try:
                    yield BrokerDatabase(url, client, name)
                finally:
                    client.flushdb()
                return
    raise BenchFailed(f"every database of {address.geturl()} has keys")
