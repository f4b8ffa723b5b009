"""Holds the OpenAPI document to the rules of Spectral and Redocly: `make openapi-check`.

Both come from npm, as the lock in this folder says. Where they cannot be had, the document goes
unchecked on a developer's machine, and the check fails in CI.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from entrypoints.http.app import create_http_app
from tests.conftest import World

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER / "openapi.json"
LOCK = FOLDER / "package-lock.json"
INSTALLED = FOLDER / "node_modules" / ".package-lock.json"  # what npm writes last
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
COMMANDS = {
    "spectral": ["lint", "--quiet", "--fail-severity=hint"],
    "redocly": ["lint"],
}


def _write_document() -> None:
    client = create_http_app(World().container).test_client()
    DOCUMENT.write_text(json.dumps(client.get("/openapi.json").get_json(), indent=1))


def _install() -> bool:
    """Install the tools if they are missing; returns whether they are here."""
    if INSTALLED.exists() and INSTALLED.stat().st_mtime >= LOCK.stat().st_mtime:
        return True
    npm = shutil.which("npm")
    return npm is not None and _passes(npm, "ci")


def _passes(*command: str) -> bool:
    """Run it, and show its output only when it objects; returns whether it passed."""
    done = subprocess.run(
        command,
        cwd=FOLDER,
        env=os.environ | QUIET,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        sys.stderr.write(done.stdout)
    return done.returncode == 0


def main() -> int:
    """Run both, and report whether all passed."""
    if not _install():
        sys.stderr.write("openapi: not checked: npm could not install the tools\n")
        return 1 if os.environ.get("CI") else 0
    _write_document()
    passed = True
    for name, options in COMMANDS.items():
        good = _passes(str(FOLDER / "node_modules" / ".bin" / name), *options, DOCUMENT.name)
        sys.stdout.write(f"openapi: {name}: {'passed' if good else 'FAILED'}\n")
        passed = passed and good
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
