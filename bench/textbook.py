"""The textbook: the design of the specification, as its own text describes it, written plainly.

Flask's own server; a session and a commit for each step on SQLite; an in-memory queue that feeds a
ThreadPoolExecutor; a random delay as the work; metrics by loading rows.
"""

import logging
import os
import queue
import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from flask import Flask, request
from flask.typing import ResponseReturnValue
from sqlalchemy import create_engine, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, sessionmaker

MAX_WORKERS = 100  # as many as the service's default


class Base(DeclarativeBase):
    """The models."""


class Order(Base):
    """An order as the specification shows it."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int]
    item_ids: Mapped[str]
    total_amount: Mapped[float]
    status: Mapped[str] = mapped_column(index=True, default="Pending")
    created_at: Mapped[datetime] = mapped_column(default=lambda: datetime.now(UTC))
    processing_started_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]


class OrderService:
    """Creates orders, and processes them in the background."""

    def __init__(self, database: str, delay: tuple[float, float]) -> None:
        # The default of 5 seconds would make it answer 500 under load: too easy a comparison.
        engine = create_engine(f"sqlite:///{database}", connect_args={"timeout": 60})
        Base.metadata.create_all(engine)
        self._session = sessionmaker(engine)
        self._delay = delay
        self._queue: queue.Queue[str] = queue.Queue()
        self._executor = ThreadPoolExecutor(MAX_WORKERS)
        threading.Thread(target=self._feed, daemon=True).start()

    def create(self, order_id: str, user_id: int, item_ids: list[int], total_amount: float) -> None:
        """Store it, and put it into the queue."""
        with self._session() as session:
            items = ",".join(map(str, item_ids))
            session.add(
                Order(order_id=order_id, user_id=user_id, item_ids=items, total_amount=total_amount)
            )
            session.commit()
        self._queue.put(order_id)

    def metrics(self) -> dict[str, Any]:
        """Counts and an average, from all rows."""
        with self._session() as session:
            orders = session.scalars(select(Order)).all()
        by_status = {
            status: [order for order in orders if order.status == status]
            for status in ("Pending", "Processing", "Completed")
        }
        seconds = [
            (order.completed_at - order.created_at).total_seconds()
            for order in by_status["Completed"]
            if order.completed_at
        ]
        counts = {status.lower(): {"count": len(found)} for status, found in by_status.items()}
        return {
            "total_orders": len(orders),
            "average_processing_time_from_creation": sum(seconds) / max(len(seconds), 1),
        } | counts

    def _feed(self) -> None:
        while True:
            self._executor.submit(self._process, self._queue.get())

    def _process(self, order_id: str) -> None:
        with self._session() as session:
            order = session.scalars(select(Order).where(Order.order_id == order_id)).one()
            order.status = "Processing"
            order.processing_started_at = datetime.now(UTC)
            session.commit()
            time.sleep(random.uniform(*self._delay))  # noqa: S311  # no secret
            order.status = "Completed"
            order.completed_at = datetime.now(UTC)
            session.commit()


def create_app(service: OrderService) -> Flask:
    """The endpoints that are measured."""
    app = Flask(__name__)

    @app.post("/orders/")
    def create() -> ResponseReturnValue:
        service.create(**request.get_json())
        return {"message": "Order created", "order_id": request.get_json()["order_id"]}, 201

    @app.get("/orders/metrics")
    def metrics() -> ResponseReturnValue:
        return service.metrics()

    @app.post("/orders/populate")
    def populate() -> ResponseReturnValue:
        entries = request.get_json()["total_entries"]
        batch = f"{time.time_ns():x}"
        for number in range(entries):
            service.create(f"sim_{batch}_{number}", 0, [101, 102], 1.0)
        return {"success_count": entries, "failure_count": 0}, 201

    return app


if __name__ == "__main__":
    database, delay = sys.argv[1:]
    shortest, _, longest = delay.partition("-")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    service = OrderService(database, (float(shortest), float(longest or shortest)))
    create_app(service).run("127.0.0.1", int(os.environ["ORDERS_PORT"]), threaded=True)
