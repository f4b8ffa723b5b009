"""Creates .venv from a lock, unless it is up to date: `python3 setup_venv.py requirements.txt`.

Packages are installed by pip itself, so its configuration, mirrors and the system's certificates
apply. Python 3.6 or later can run it far enough to check the version.
"""

import fcntl
import hashlib
import os
import re
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NOTE = VENV / "made-of.txt"  # what .venv was made of; written last
# Each has all of the one before.
LOCKS = ["requirements.txt", "requirements-dev.txt", "requirements-bench.txt"]


def main(lock: str) -> None:
    """Complete .venv; create it again if the Python, the folder or a lock in it has changed."""
    origin = {f"{sysconfig.get_config_var('SOABI')} of {sys.base_prefix}", f"in {VENV}"}
    versions = [
        f"{name} {hashlib.sha256((ROOT / name).read_bytes()).hexdigest()}" for name in LOCKS
    ]
    included = versions[: LOCKS.index(lock) + 1]
    noted = set(NOTE.read_text().splitlines()) if NOTE.exists() and PYTHON.exists() else set()
    sound = origin <= noted <= origin.union(versions)
    if sound and noted.issuperset(included):
        return
    print(f"Setting up {VENV} with {lock} ...", flush=True)
    if not sound:
        venv.create(VENV, clear=True, symlinks=True)
    install(ROOT / lock)
    NOTE.write_text("\n".join([*origin, *included]))


def install(lock: Path) -> None:
    """Install a lock with this Python's pip or, without one, with pip bootstrapped into .venv."""
    if find_spec("pip"):
        pip = [sys.executable, "-m", "pip", "--python", PYTHON]
    elif find_spec("ensurepip") and run(PYTHON, "-m", "ensurepip"):
        pip = [PYTHON, "-m", "pip"]
    else:
        sys.exit(
            f"error: {sys.executable} has no pip; on Debian and Ubuntu: apt install python3-pip"
        )
    # A configuration may ask for the user's own packages, which a .venv does not have.
    options = ["--quiet", "--disable-pip-version-check", "--no-user"]
    if not run(*pip, "install", *options, "--require-hashes", "-r", lock):
        sys.exit(f"error: pip could not install {lock.name}; its reasons are above")


def run(*command: object) -> bool:
    """Run it, with its output on standard error; return whether it succeeded."""
    return subprocess.run(list(map(str, command)), stdout=sys.stderr, check=False).returncode == 0


def check_version() -> None:
    """Exit with one line when pyproject.toml does not allow this Python."""
    allowed = r'requires-python = ">=3\.(\d+),<3\.(\d+)"'
    oldest, too_new = map(int, re.findall(allowed, (ROOT / "pyproject.toml").read_text())[0])
    if not (3, oldest) <= sys.version_info < (3, too_new):
        sys.exit(
            f"error: Python 3.{oldest} to 3.{too_new - 1} is needed, and {sys.executable} is"
            f" {sys.version.split()[0]}; name another: make run PYTHON=python3.13, for example"
        )


if __name__ == "__main__":
    if sys.prefix == str(VENV):  # .venv is activated, and its own Python cannot recreate it
        os.execv(PYTHON.resolve(), [str(PYTHON.resolve()), *sys.argv])  # noqa: S606
    check_version()
    with (ROOT / "Makefile").open() as lock_file:
        fcntl.flock(lock_file, fcntl.LOCK_EX)  # one at a time: two terminals may run make
        main(sys.argv[1])
