"""What Celery's own command starts: `celery -A entrypoints.celery_worker worker`."""

import sys

from entrypoints.settings import StartError
from entrypoints.startup import build_worker

try:
    app = build_worker().app
    if any(argument.endswith("prefork") for argument in sys.argv):
        # Celery takes an explicit -P prefork for its own default, which our pool of threads beats.
        app.conf.worker_pool = "processes"
except StartError as error:
    sys.stderr.write(f"cannot start: {error}\n")
    raise SystemExit(2) from error
