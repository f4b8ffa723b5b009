"""What the use cases need from the outside, one file per port; each docstring is a contract.

A processor of your own imports what it raises from here.
"""

from application.ports.batch_repository import BatchRepository
from application.ports.clock import Clock
from application.ports.errors import OutcomeUnknown, RepositoryError, RepositoryUnavailable
from application.ports.kept_answers import KeptAnswer, KeptAnswers, KeyUsed, Once
from application.ports.message_signatures import BadSignature, MessageSignatures
from application.ports.order_feed import FeedEntry, OrderFeed
from application.ports.order_flow import OrderFlow
from application.ports.order_list import OrderFilter, OrderList, Page, Place
from application.ports.order_processor import (
    Accepted,
    AsyncOrderProcessor,
    AttemptFailed,
    OrderProcessor,
    OrderRejected,
    ProcessorUnavailable,
    RetryLater,
)
from application.ports.order_repository import OrderRepository
from application.ports.order_views import OrderSnapshot, OrderViews
from application.ports.processing_queue import ProcessingQueue

__all__ = [
    "Accepted",
    "AsyncOrderProcessor",
    "AttemptFailed",
    "BadSignature",
    "BatchRepository",
    "Clock",
    "FeedEntry",
    "KeptAnswer",
    "KeptAnswers",
    "KeyUsed",
    "MessageSignatures",
    "Once",
    "OrderFeed",
    "OrderFilter",
    "OrderFlow",
    "OrderList",
    "OrderProcessor",
    "OrderRejected",
    "OrderRepository",
    "OrderSnapshot",
    "OrderViews",
    "OutcomeUnknown",
    "Page",
    "Place",
    "ProcessingQueue",
    "ProcessorUnavailable",
    "RepositoryError",
    "RepositoryUnavailable",
    "RetryLater",
]
