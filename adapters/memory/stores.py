"""InMemoryStores: a store of this process, which nobody else sees."""

from adapters.clock import SystemClock
from adapters.memory.batches import InMemoryBatchRepository
from adapters.memory.database import InMemoryDatabase
from adapters.memory.feed import InMemoryOrderFeed
from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.views import InMemoryOrderViews


class InMemoryStores:
    """Every port to one store."""

    def __init__(self) -> None:
        database = InMemoryDatabase()
        self.orders = InMemoryOrderRepository(database)
        self.views = InMemoryOrderViews(database)
        self.feed = InMemoryOrderFeed(database)
        self.batches = InMemoryBatchRepository(database)
        self.clock = SystemClock()

    def close(self) -> None:
        """Nothing has to be let go of."""
