"""The Flask application on a container."""

from flask import Flask

from entrypoints.http.addresses import OrderIdConverter
from entrypoints.http.body import MAX_BODY_BYTES
from entrypoints.http.docs import docs_blueprint
from entrypoints.http.errors import register_errors
from entrypoints.http.health import health_blueprint
from entrypoints.http.orders.metrics import metrics_blueprint
from entrypoints.http.orders.populate import populate_blueprint
from entrypoints.http.orders.routes import orders_blueprint
from entrypoints.http.orders.spool import SpoolMemory
from entrypoints.wiring.container import Container


def create_http_app(container: Container) -> Flask:
    """The routes, errors and documentation. Starts nothing: tests use it as it is."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES + 1  # so that read_body sees that it is over
    app.url_map.merge_slashes = False  # a redirect would be HTML
    app.url_map.strict_slashes = False  # the same answer with a final slash and without
    app.url_map.converters["order_id"] = OrderIdConverter
    register_errors(app)
    # Providers, not use cases: a preloading server forks after this, and each child builds its own.
    orders = orders_blueprint(container.create_order, container.get_status)
    orders.register_blueprint(metrics_blueprint(container.compute_metrics, SpoolMemory()))
    orders.register_blueprint(populate_blueprint(container.populate_orders))
    app.register_blueprint(orders)
    app.register_blueprint(health_blueprint(container.lifecycle))
    app.register_blueprint(docs_blueprint())
    return app
