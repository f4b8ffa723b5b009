"""The Celery application and its broker: made on demand, and checked before a worker starts."""

import logging
from typing import TYPE_CHECKING

from adapters.celery.broker import Broker
from entrypoints.wiring.setting_fields import without_password
from entrypoints.wiring.settings import StartError

if TYPE_CHECKING:
    from celery import Celery

log = logging.getLogger(__name__)


def make_celery_app(broker_url: str, queue: str) -> "Celery":
    """Does not connect. Raises StartError when Celery, or its client of the broker, is missing."""
    try:
        from adapters.celery.app import celery_app  # noqa: PLC0415  # an extra

        return celery_app(broker_url, queue)
    except ImportError as error:
        raise StartError(
            f"ORDERS_QUEUE=celery needs a package that is not installed ({error});"
            " run: pip install '.[celery]'"
        ) from error


def broker_of(app: "Celery") -> Broker:
    """Sends hints to the workers of that application."""
    from adapters.celery.app import CeleryBroker  # noqa: PLC0415  # an extra

    return CeleryBroker(app)


def check_broker(app: "Celery", url: str, queue: str) -> None:
    """Raises StartError when the broker refuses us; one that is away is only logged."""
    from adapters.celery.app import BrokerRefused, CeleryBroker  # noqa: PLC0415  # an extra

    try:
        with CeleryBroker(app).connect():
            pass
    except BrokerRefused as error:
        raise StartError(
            f"ORDERS_BROKER_URL={without_password(url)!r} with ORDERS_BROKER_QUEUE={queue!r}:"
            f" {error}; check its user, password and path, or name another queue"
        ) from error
    except Exception as error:
        log.warning("the broker does not answer yet: %s", error)
