"""ReadFlow: how processing is held back now."""

from application.ports import OrderFlow
from domain.flow import Flow


class ReadFlow:
    """As it is stored, and all processes will obey within a sweep."""

    def __init__(self, flow: OrderFlow) -> None:
        self._flow = flow

    def __call__(self) -> Flow:
        """The flow. Raises RepositoryUnavailable."""
        return self._flow.get()
