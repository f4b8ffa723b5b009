"""InMemoryStores: the ports of one store in this process's memory."""

from adapters.clock import SystemClock
from adapters.memory.answers import InMemoryKeptAnswers
from adapters.memory.batches import InMemoryBatchRepository
from adapters.memory.database import InMemoryDatabase
from adapters.memory.feed import InMemoryOrderFeed
from adapters.memory.flow import InMemoryOrderFlow
from adapters.memory.order_list import InMemoryOrderList
from adapters.memory.orders import InMemoryOrderRepository
from adapters.memory.views import InMemoryOrderViews


class InMemoryStores:
    """All ports that need a store, on one database."""

    def __init__(self) -> None:
        database = InMemoryDatabase()
        self.orders = InMemoryOrderRepository(database)
        self.order_list = InMemoryOrderList(database)
        self.views = InMemoryOrderViews(database)
        self.feed = InMemoryOrderFeed(database)
        self.batches = InMemoryBatchRepository(database)
        self.answers = InMemoryKeptAnswers(database)
        self.flow = InMemoryOrderFlow(database)
        self.clock = SystemClock()

    def close(self) -> None:
        """Nothing to close."""
