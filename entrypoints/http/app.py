"""The Flask application on a container."""

from flask import Flask

from entrypoints.http.addresses import OrderIdConverter
from entrypoints.http.body import MAX_BATCH_BYTES
from entrypoints.http.docs import docs_blueprint
from entrypoints.http.errors import register_errors
from entrypoints.http.flow import flow_blueprint
from entrypoints.http.health import health_blueprint
from entrypoints.http.orders.batch import batch_blueprint
from entrypoints.http.orders.callback import callback_blueprint
from entrypoints.http.orders.explain import explain_blueprint
from entrypoints.http.orders.history import history_blueprint
from entrypoints.http.orders.interventions import interventions_blueprint
from entrypoints.http.orders.listing import listing_blueprint
from entrypoints.http.orders.metrics import metrics_blueprint
from entrypoints.http.orders.populate import populate_blueprint
from entrypoints.http.orders.retry import retry_blueprint
from entrypoints.http.orders.routes import orders_blueprint
from entrypoints.http.orders.spool import SpoolMemory
from entrypoints.wiring.container import Container


def create_http_app(container: Container) -> Flask:
    """The routes, errors and documentation. Starts nothing: tests use it as it is."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BATCH_BYTES + 1  # so that body.py sees what is over
    app.url_map.merge_slashes = False  # a redirect would be HTML
    app.url_map.strict_slashes = False  # the same answer with a final slash and without
    app.url_map.converters["order_id"] = OrderIdConverter
    register_errors(app)
    # Providers, not use cases: a preloading server forks after this, and each child builds its own.
    orders = orders_blueprint(
        container.create_order,
        container.get_status,
        container.answers,
        container.watch_orders,
    )
    orders.register_blueprint(
        interventions_blueprint(
            container.cancel_order,
            container.retry_order,
            container.hold_order,
            container.unhold_order,
            container.answers,
        )
    )
    orders.register_blueprint(retry_blueprint(container.retry_orders, container.answers))
    orders.register_blueprint(metrics_blueprint(container.compute_metrics, SpoolMemory()))
    orders.register_blueprint(batch_blueprint(container.create_orders, container.answers))
    orders.register_blueprint(populate_blueprint(container.populate_orders, container.answers))
    orders.register_blueprint(callback_blueprint(container.report_result, container.signatures))
    orders.register_blueprint(listing_blueprint(container.list_orders))
    orders.register_blueprint(history_blueprint(container.get_history))
    orders.register_blueprint(explain_blueprint(container.explain_order))
    app.register_blueprint(orders)
    app.register_blueprint(
        flow_blueprint(
            container.read_flow,
            container.pause_processing,
            container.resume_processing,
            container.limit_processing,
            container.breaker,
            container.answers,
        )
    )
    app.register_blueprint(health_blueprint(container.lifecycle))
    app.register_blueprint(docs_blueprint())
    return app
