"""ComputeMetrics: how many orders are in each status, and how long the completed ones took."""

from contextlib import AbstractContextManager

from application.ports import OrderSnapshot, OrderViews
from domain.totals import Totals


class ComputeMetrics:
    """Reads the totals, alone or with the ids behind them."""

    def __init__(self, views: OrderViews) -> None:
        self._views = views

    def __call__(self) -> Totals:
        """The totals now; raises RepositoryUnavailable."""
        return self._views.totals()

    def with_order_ids(self) -> AbstractContextManager[OrderSnapshot]:
        """The totals and the ids of one and the same moment. Leave the block soon.

        Entering it, and reading the ids, raises RepositoryUnavailable.
        """
        return self._views.snapshot()
