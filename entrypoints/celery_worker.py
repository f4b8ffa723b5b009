"""For Celery's own command: `celery -A entrypoints.celery_worker worker`.

Importing it runs the start checks.
"""

import sys
from itertools import pairwise

from entrypoints.lifecycle.signals import end_at_once_on_sigterm

end_at_once_on_sigterm(exit_code=0)  # before what takes long to import

from entrypoints.startup import build_worker  # noqa: E402
from entrypoints.wiring.settings import StartError  # noqa: E402


def _values(*options: str) -> list[str]:
    """The values of these options on the command line."""
    return [value for name, value in pairwise(sys.argv) if name in options]


try:
    app = build_worker().app
    if {"-Pprefork", "--pool=prefork"} & set(sys.argv) or "prefork" in _values("-P", "--pool"):
        # Celery cannot tell -P prefork from its default, and would take our worker_pool;
        # "processes" is its other name for prefork.
        app.conf.worker_pool = "processes"
except StartError as error:
    sys.stderr.write(f"cannot start: {error}\n")
    raise SystemExit(2) from error
