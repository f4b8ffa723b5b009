"""The container of a command that writes to, or reads, what outlives it."""

from entrypoints.startup import build_container
from entrypoints.wiring.container import Container
from entrypoints.wiring.setting_fields import MEMORY_URL
from entrypoints.wiring.settings import StartError


def stored_container() -> Container:
    """A container on a database of this version's schema. Raises StartError."""
    container = build_container()
    if container.settings().is_in_memory:
        raise StartError(
            f"orders in ORDERS_DATABASE_URL={MEMORY_URL!r} end with each process; use a file"
        )
    container.stores().require_schema()
    return container
