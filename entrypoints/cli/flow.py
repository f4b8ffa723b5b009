"""`pause`, `resume`, `limit`: hold processing back, on all processes, without stopping any."""

import click

from application.flow.limit_processing import Limits
from application.flow.pause_processing import Pause
from domain.flow import MAX_AT_ONCE, MAX_RATE, RATE_DECIMALS, Flow
from domain.rules import REASON_LENGTH
from entrypoints.cli.interventions import operator
from entrypoints.cli.stored import stored_container


@click.command()
@click.option("--reason", metavar="TEXT", help=f"Why, in one line of up to {REASON_LENGTH}.")
def pause(reason: str | None) -> None:
    """Let no order start until `resume`.

    Processes notice within ORDERS_SWEEP_SECONDS. Orders that run go on, and new ones are taken in.
    A first pause stays, with its reason.
    """
    asked = Pause(actor=operator(), reason=reason)
    click.echo(_described(stored_container().pause_processing()(asked)))


@click.command()
def resume() -> None:
    """Let orders start again, the longest due first."""
    click.echo(_described(stored_container().resume_processing()()))


@click.command()
@click.option(
    "--rate",
    "rate_per_second",
    type=click.FloatRange(10**-RATE_DECIMALS, MAX_RATE),
    metavar="N",
    help="Start at most N orders in a second.",
)
@click.option(
    "--at-once",
    type=click.IntRange(1, MAX_AT_ONCE),
    metavar="N",
    help="Have at most N orders in processing.",
)
@click.option("--none", "is_lifted", is_flag=True, help="Lift the limits.")
def limit(rate_per_second: float | None, at_once: int | None, is_lifted: bool) -> None:
    """Limit how fast orders start, and how many are in processing, on all processes together.

    In place of the limits before. Processes notice within ORDERS_SWEEP_SECONDS.
    """
    limits = Limits(rate_per_second=rate_per_second, at_once=at_once)
    if is_lifted != (limits == Limits(rate_per_second=None, at_once=None)):
        raise click.UsageError("give --rate, --at-once or both, or else --none")
    click.echo(_described(stored_container().limit_processing()(limits)))


def _described(flow: Flow) -> str:
    state = "Processing goes on"
    if flow.paused_at is not None:
        why = f" ({flow.pause_reason})" if flow.pause_reason else ""
        state = f"Paused since {flow.paused_at:%Y-%m-%d %H:%M:%S} UTC by {flow.paused_by}{why}"
    limits = [
        f"at most {flow.rate_per_second:g} starts a second" if flow.rate_per_second else "",
        f"at most {flow.at_once} orders at once" if flow.at_once else "",
    ]
    return f"{state}; {' and '.join(filter(None, limits)) or 'no limits'}."
