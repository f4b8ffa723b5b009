"""`cancel`, `retry`, `hold`, `release`: what an operator does with one order."""

import getpass

import click

from application.orders.intervention import Intervention
from application.ports import OrderFilter
from domain.events import Actor, Role
from domain.rules import MAX_NUMBER
from entrypoints.startup import build_container

NAME_LENGTH = 80  # of what is stored of it
USE_CASES = {
    "cancel": ("cancel_order", "Cancel a Pending or Failed order."),
    "retry": ("retry_order", "Give a Failed order a fresh set of attempts."),
    "hold": ("hold_order", "Keep a Pending order from being processed until it is released."),
    "release": ("unhold_order", "Let a held order be processed."),
}


def operator() -> Actor:
    """Who runs this command."""
    try:
        return Actor(Role.OPERATOR, getpass.getuser()[:NAME_LENGTH])
    except (KeyError, OSError):  # no such user in this container, say
        return Actor(Role.OPERATOR)


def _command(name: str) -> click.Command:
    use_case, help_text = USE_CASES[name]

    @click.command(name, help=help_text + " Safe to repeat; the history shows who did it.")
    @click.argument("order_id")
    @click.option("--reason", metavar="TEXT", help="Why: one line.")
    def intervene(order_id: str, reason: str | None) -> None:
        container = build_container()
        container.stores().require_schema()
        asked = Intervention(order_id=order_id, actor=operator(), reason=reason)
        order = getattr(container, use_case)()(asked)
        held = ", held" if order.is_held else ""
        click.echo(f"Order {order.order_id} is {order.status}{held}.")

    return intervene


@click.command("retry-failed")
@click.option("--user-id", type=click.IntRange(0, MAX_NUMBER), help="Only orders of this user.")
@click.option("--id-prefix", metavar="TEXT", help="Only orders whose id begins so.")
@click.option("--reason", metavar="TEXT", help="Why: one line.")
def retry_failed(user_id: int | None, id_prefix: str | None, reason: str | None) -> None:
    """Retry all Failed orders, or those that the options say. Safe to repeat."""
    container = build_container()
    container.stores().require_schema()
    wanted = OrderFilter(user_id=user_id, id_prefix=id_prefix)
    failed = container.views().totals().failed
    with click.progressbar(length=failed, label="Retrying orders") as bar:
        result = container.retry_orders()(wanted, operator(), reason, on_progress=bar.update)
    click.echo(f"{result.orders} orders are Pending again.")


interventions = [*(_command(name) for name in USE_CASES), retry_failed]
