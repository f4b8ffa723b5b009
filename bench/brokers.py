"""The brokers that the tests use, by name and version."""

from typing import Any

from kombu import Connection

from tests.harness.brokers import broker_url


def broker_name(kind: str) -> str:
    """Of "redis" or "rabbitmq". Raises Missing."""
    with Connection(broker_url(kind)) as connection:
        channel: Any = connection.default_channel
        if kind == "rabbitmq":
            return f"RabbitMQ {channel.connection.server_properties['version']}"
        information = channel.client.info("server")
        return f"{information.get('server_name', 'redis')} {information['redis_version']}"
