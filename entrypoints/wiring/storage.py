"""The parts that keep things: the store that the settings ask for, and the ports to it."""

import uuid

from dependency_injector.containers import DeclarativeContainer
from dependency_injector.providers import Dependency, Provider
from dependency_injector.providers import ThreadSafeSingleton as Single

from application.ports import (
    BatchRepository,
    Clock,
    KeptAnswers,
    OrderFlow,
    OrderList,
    OrderRepository,
    OrderViews,
)
from entrypoints.wiring.settings import Settings
from entrypoints.wiring.stores import Stores, stores_at


def _new_owner() -> str:
    return uuid.uuid4().hex


class Storage(DeclarativeContainer):
    """What a container begins with."""

    settings: Dependency[Settings] = Dependency(instance_of=Settings)

    owner = Single(_new_owner)
    stores: Provider[Stores] = Single(stores_at, settings.provided.database_url)
    repository: Provider[OrderRepository] = stores.provided.orders
    order_list: Provider[OrderList] = stores.provided.order_list
    views: Provider[OrderViews] = stores.provided.views
    batches: Provider[BatchRepository] = stores.provided.batches
    answers: Provider[KeptAnswers] = stores.provided.answers
    flow: Provider[OrderFlow] = stores.provided.flow
    clock: Provider[Clock] = stores.provided.clock
