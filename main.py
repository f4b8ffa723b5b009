"""The order service: `python main.py` serves it; `python main.py --help` lists the rest.

Slow imports are inside the functions, so that SIGTERM is handled before them.
"""

import signal
import sys
from typing import TYPE_CHECKING

from entrypoints.lifecycle.signals import end_at_once_on_sigterm

if TYPE_CHECKING:
    from flask import Flask

SERVING = {"serve", "worker"}  # SIGTERM ends these well; it cuts others short


def main() -> None:
    """The command line."""
    serves = set(sys.argv[1:2]) <= SERVING
    end_at_once_on_sigterm(exit_code=0 if serves else 128 + signal.SIGTERM)
    from entrypoints.cli import main as run_command  # noqa: PLC0415

    run_command()


def create_app() -> "Flask":
    """The application with its lifecycle, for any WSGI server: `main:create_app()`.

    Background threads start half a second later, after any fork of a server that preloads. SIGTERM
    gets a handler where there is none. Exits with code 2 and one line on standard error when a
    setting or the database is wrong.
    """
    from entrypoints.startup import start_app  # noqa: PLC0415

    return start_app()[0]


if __name__ == "__main__":
    main()
