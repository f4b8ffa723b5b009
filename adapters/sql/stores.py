"""SqlStores: a store on an SQL database, which other processes may share."""

from adapters.sql.answers import SqlKeptAnswers
from adapters.sql.batches import SqlBatchRepository
from adapters.sql.database import Database
from adapters.sql.feed import SqlOrderFeed
from adapters.sql.flow import SqlOrderFlow
from adapters.sql.order_list import SqlOrderList
from adapters.sql.orders import SqlOrderRepository
from adapters.sql.views import SqlOrderViews


class SqlStores:
    """Every port to one database; `close` is for all of them."""

    def __init__(self, database: Database) -> None:
        self.orders = SqlOrderRepository(database)
        self.order_list = SqlOrderList(database)
        self.views = SqlOrderViews(database)
        self.feed = SqlOrderFeed(database)
        self.batches = SqlBatchRepository(database)
        self.answers = SqlKeptAnswers(database)
        self.flow = SqlOrderFlow(database)
        self.clock = database.clock
        self.close = database.close
