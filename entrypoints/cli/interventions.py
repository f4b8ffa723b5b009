"""`cancel`, `retry`, `hold`, `release`: what an operator does with one order."""

import getpass
from datetime import UTC, datetime
from typing import Any

import click

from application.orders.intervention import Intervention
from application.ports import OrderFilter
from domain.events import Actor, Role
from domain.rules import MAX_NUMBER
from entrypoints.cli.stored import stored_container

NAME_LENGTH = 80  # of what is stored of it
USE_CASES = {
    "cancel": ("cancel_order", "Cancel a Pending or Failed order."),
    "retry": ("retry_order", "Give a Failed order a fresh set of attempts."),
    "hold": ("hold_order", "Keep a Pending order from being processed until it is released."),
    "release": ("unhold_order", "Let a held order be processed."),
}


class _Moment(click.ParamType[datetime]):
    """A time with its offset from UTC."""

    name = "time"

    def convert(self, value: Any, param: Any, ctx: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.fail(f"{value!r} is no time with its offset, as 2025-02-21T15:00:17+00:00")
        return moment.astimezone(UTC)


MOMENT = _Moment()


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
        container = stored_container()
        asked = Intervention(order_id=order_id, actor=operator(), reason=reason)
        order = getattr(container, use_case)()(asked)
        held = ", held" if order.is_held else ""
        click.echo(f"Order {order.order_id} is {order.status}{held}.")

    return intervene


@click.command("retry-failed")
@click.option("--user-id", type=click.IntRange(0, MAX_NUMBER), help="Only orders of this user.")
@click.option("--id-prefix", metavar="TEXT", help="Only orders whose id begins so.")
@click.option("--created-after", type=MOMENT, help="Only orders that were created after it.")
@click.option("--created-before", type=MOMENT, help="Only orders that were created before it.")
@click.option("--reason", metavar="TEXT", help="Why: one line.")
def retry_failed(reason: str | None, **filters: Any) -> None:
    """Retry all Failed orders, or those that the options say. Safe to repeat."""
    container = stored_container()
    wanted = OrderFilter(**filters)
    failed = container.views().totals().failed
    with click.progressbar(length=failed, label="Retrying orders") as bar:
        result = container.retry_orders()(wanted, operator(), reason, on_progress=bar.update)
    click.echo(f"{result.orders} orders are Pending again.")


interventions = [*(_command(name) for name in USE_CASES), retry_failed]
