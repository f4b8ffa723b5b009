"""`serve`, the default command."""

import click

from entrypoints.serving.server import serve as run_server
from entrypoints.startup import build_container, run_start_checks, start_app


@click.command()
@click.option("--host", metavar="HOST", help="Where to listen, instead of ORDERS_HOST.")
@click.option("--port", metavar="PORT", help="On which port, instead of ORDERS_PORT.")
def serve(host: str | None, port: str | None) -> None:
    """Serve the API, and process orders, until Ctrl-C or SIGTERM."""
    container = build_container(host=host, port=port)
    run_start_checks(container)
    settings = container.settings()
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{name}:{settings.port}"

    def announce() -> None:
        click.echo(f"Orders at {address}/orders, documentation at {address}/docs. Ctrl-C stops.")

    run_server(settings, start_app, lambda: run_start_checks(container), announce)
