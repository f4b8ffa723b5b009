"""`pause`, `resume`, `limit`: hold processing back, on all processes, without stopping any."""

from collections.abc import Iterator

import click

from application.flow.pause_processing import Pause
from domain.flow import Flow
from domain.limits import MAX_AT_ONCE, MAX_RATE, RATE_DECIMALS, Limits
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


RATE = click.FloatRange(10**-RATE_DECIMALS, MAX_RATE)
AT_ONCE = click.IntRange(1, MAX_AT_ONCE)


@click.command()
@click.option("--rate", type=RATE, metavar="N", help="Start at most N orders in a second.")
@click.option("--at-once", type=AT_ONCE, metavar="N", help="Have at most N orders in processing.")
@click.option(
    "--user-rate", type=RATE, metavar="N", help="Start at most N of each user in a second."
)
@click.option(
    "--user-at-once", type=AT_ONCE, metavar="N", help="Have at most N of each user in processing."
)
@click.option("--none", "is_lifted", is_flag=True, help="Lift the limits.")
def limit(
    rate: float | None,
    at_once: int | None,
    user_rate: float | None,
    user_at_once: int | None,
    is_lifted: bool,
) -> None:
    """Limit how fast orders start, and how many are in processing, on all processes together.

    In place of the limits before. Processes notice within ORDERS_SWEEP_SECONDS.
    """
    limits = Limits(rate_per_second=rate, at_once=at_once)
    user_limits = Limits(rate_per_second=user_rate, at_once=user_at_once)
    if is_lifted == (limits.exist or user_limits.exist):
        raise click.UsageError("give at least one limit, or else --none")
    click.echo(_described(stored_container().limit_processing()(limits, user_limits)))


def _described(flow: Flow) -> str:
    state = "Processing goes on"
    if flow.paused_at is not None:
        why = f" ({flow.pause_reason})" if flow.pause_reason else ""
        state = f"Paused since {flow.paused_at:%Y-%m-%d %H:%M:%S} UTC by {flow.paused_by}{why}"
    limits = [
        *_each_described(flow.limits),
        *(f"{limit} for each user" for limit in _each_described(flow.user_limits)),
    ]
    return f"{state}; {' and '.join(limits) or 'no limits'}."


def _each_described(limits: Limits) -> Iterator[str]:
    if limits.rate_per_second is not None:
        yield f"at most {limits.rate_per_second:g} starts a second"
    if limits.at_once is not None:
        yield f"at most {limits.at_once} orders at once"
