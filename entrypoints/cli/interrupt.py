"""Ctrl-C, for commands that write in many transactions."""

import signal
import sys
from typing import NoReturn

import click


class Interrupted(KeyboardInterrupt):
    """Ctrl-C was pressed, and no transaction is under way."""


class Interrupt:
    """Defers the first Ctrl-C until no transaction is under way; the second interrupts at once.

    Made in the main thread: it sets the handler of SIGINT, for the rest of the process.
    """

    def __init__(self) -> None:
        self._seen = False
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as in a script's background job
            signal.signal(signal.SIGINT, self._note)

    def check(self) -> None:
        """Call it between two transactions. Raises Interrupted after a first Ctrl-C."""
        if self._seen:
            raise Interrupted

    def _note(self, *_: object) -> None:
        self._seen = True
        signal.signal(signal.SIGINT, signal.default_int_handler)


def exit_interrupted(what_remains: str) -> NoReturn:
    """Exit with 130, as an interrupted command should, and report what became of the work."""
    click.echo(f"\nInterrupted: {what_remains}", err=True)
    sys.exit(130)
