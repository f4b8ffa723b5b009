"""Setting up .venv: wherever pip works, and again when what it was made of has changed."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from setup_venv import LOCKS, ROOT
from tests.deploy.package_index import PackageIndex, package_index

PYTHON = Path(sys.executable).resolve()  # the one that .venv was made from
OF_PIP = ("PIP_", "SSL_CERT", "REQUESTS_CA", "CURL_CA")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    with package_index(tmp_path_factory.mktemp("index")) as it:
        yield it


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with setup_venv.py, and locks that list no package."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("setup_venv.py", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in LOCKS:
        (folder / name).write_text("# nothing\n")
    return folder


def set_up(
    folder: Path, lock: str = "requirements.txt", **variables: str
) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(OF_PIP)}
    return subprocess.run(
        [PYTHON, "setup_venv.py", lock],
        cwd=folder,
        env={**inherited, "HOME": "/dev/null/nowhere", "PIP_RETRIES": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def runs(folder: Path, *arguments: str) -> bool:
    return subprocess.run([folder / ".venv/bin/python", *arguments], check=False).returncode == 0


def test_packages_come_from_where_pip_finds_them_without_a_home(
    checkout: Path, index: PackageIndex, tmp_path: Path
) -> None:
    (checkout / "requirements.txt").write_text(index.lock)

    stranger = set_up(checkout, PIP_INDEX_URL=index.url)
    configuration = tmp_path / "pip.conf"
    configuration.write_text(
        f"[global]\nindex-url = {index.url}\ncert = {index.certificate}\n[install]\nuser = true\n"
    )
    configured = set_up(checkout, PIP_CONFIG_FILE=str(configuration))

    assert stranger.returncode == 1
    assert "certificate verify failed" in stranger.stderr
    assert stranger.stderr.endswith("requirements.txt; its reasons are above\n")
    assert configured.returncode == 0, configured.stderr
    assert runs(checkout, "-c", "import greeting")


def test_what_was_set_up_is_left_alone_until_what_it_was_made_of_changes(checkout: Path) -> None:
    def setting_up_again() -> bool:
        mark = checkout / ".venv" / "mark"
        mark.touch()
        result = set_up(checkout)
        assert result.returncode == 0, result.stderr
        assert runs(checkout, "-c", "")
        assert bool(result.stdout) != mark.exists()
        return not mark.exists()

    assert set_up(checkout, "requirements-dev.txt").returncode == 0
    assert not setting_up_again()  # the .venv for development serves as well

    (checkout / "requirements.txt").write_text("# another version of nothing\n")
    assert setting_up_again()
    assert not setting_up_again()

    python = checkout / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/usr/bin/a-python-that-an-upgrade-took")
    assert setting_up_again()

    note = checkout / ".venv" / "made-of.txt"
    note.write_text(note.read_text().replace("cpython-3", "cpython-2"))
    assert setting_up_again()

    checkout = checkout.rename(checkout.with_name("moved"))
    assert setting_up_again()


def test_a_python_that_does_not_fit_is_one_line_before_anything_is_made(checkout: Path) -> None:
    pyproject = checkout / "pyproject.toml"
    pyproject.write_text(pyproject.read_text().replace('">=3.11,<3.16"', '">=3.98,<3.100"'))

    result = set_up(checkout)

    assert result.returncode == 1
    assert result.stderr.startswith(f"error: Python 3.98 to 3.99 is needed, and {PYTHON} is 3.")
    assert result.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()
