"""Keeps malformed messages from ending a Celery worker."""

from collections.abc import Callable
from typing import Any

from celery.exceptions import InvalidTaskError
from celery.worker.strategy import default


def tolerant_strategy(task: Any, app: Any, consumer: Any, **options: Any) -> Callable[..., Any]:
    """A task's `Strategy`: Celery's own, but a message that it cannot parse is logged and dropped.

    Celery's own lets such a message end the worker, and then every worker started after it.
    """
    handle = default(task, app, consumer, **options)

    def handle_or_drop(*message: Any) -> Any:
        try:
            return handle(*message)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidTaskError(f"not a hint: {error}") from error

    return handle_or_drop
