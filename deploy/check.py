"""Checks all of deploy/ without a network: `make deploy-check`.

Only rendering the overlays needs a program that pip does not bring: kubectl, or kustomize.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]  # it has no types
import yaml

DEPLOY = Path(__file__).parent
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = sorted(path.parent for path in KUBERNETES.glob("overlays/*/kustomization.yaml"))
VERSIONS = ["1.30", kubernetes_validate.latest_version()]  # the oldest that is supported
WITHOUT_SCHEMA = {"ScaledObject"}  # KEDA's; tests/deploy checks its fields
YAML_RULES = """{extends: default, rules: {
    document-start: disable, line-length: {max: 130}}}"""

Manifest = dict[str, Any]


def read(path: Path) -> list[Manifest]:
    """The manifests of a file."""
    return [manifest for manifest in yaml.safe_load_all(path.read_text()) if manifest]


def renderer() -> list[str] | None:
    """The command that renders an overlay; None when this machine has none."""
    for command in (["kubectl", "kustomize"], ["kustomize", "build"]):
        if shutil.which(command[0]):
            return command
    return None


def render(overlay: Path, command: list[str]) -> list[Manifest]:
    """The manifests of an overlay; raises CalledProcessError when it cannot be rendered."""
    rendered = subprocess.run(  # noqa: S603  # our own files
        [*command, str(overlay)], check=True, stdout=subprocess.PIPE, text=True
    )
    return list(yaml.safe_load_all(rendered.stdout))


def _tool(name: str, *arguments: str | Path) -> bool:
    program = Path(sys.executable).with_name(name)
    return subprocess.run([program, *arguments], check=False).returncode == 0  # noqa: S603


def _wrong(manifests: list[Manifest]) -> Iterator[str]:
    for manifest in manifests:
        if manifest["kind"] in WITHOUT_SCHEMA:
            continue
        for version in VERSIONS:
            try:
                kubernetes_validate.validate(manifest, version, strict=True)
            except (
                kubernetes_validate.ValidationError,
                kubernetes_validate.SchemaNotFoundError,
            ) as error:
                where = ".".join(str(step) for step in getattr(error, "path", ()))
                name = f"{manifest['kind']} {manifest['metadata']['name']}"
                yield f"{name}, Kubernetes {version}: {where}: {error.message}"


def _listed(folder: Path) -> list[Manifest]:
    """The manifests of the files that a kustomization lists, unrendered."""
    paths = [folder / name for name in read(folder / "kustomization.yaml")[0]["resources"]]
    return [manifest for path in paths if path.is_file() for manifest in read(path)]


def _manifests(command: list[str] | None) -> dict[Path, list[Manifest]]:
    """All manifests, by where they come from; unrendered without a command."""
    examples = {path: read(path) for path in KUBERNETES.glob("overlays/*/*.example.yaml")}
    if command is None:
        return examples | {folder: _listed(folder) for folder in (KUBERNETES / "base", *OVERLAYS)}
    return examples | {overlay: render(overlay, command) for overlay in OVERLAYS}


def _kubernetes() -> bool:
    command = renderer()
    if command is None:
        sys.stderr.write("kubectl and kustomize are missing: manifests are checked unrendered\n")
        if os.environ.get("CI"):
            return False
    try:
        sources = _manifests(command)
    except subprocess.CalledProcessError:
        return False  # the command has said why
    wrong = [f"{source}: {line}\n" for source, found in sources.items() for line in _wrong(found)]
    sys.stderr.writelines(wrong)
    return not wrong


def main() -> int:
    """Run every check; returns the exit code: 0 when all passed."""
    passed = {
        "hadolint": _tool("hadolint", DEPLOY / "Dockerfile"),
        "yamllint": _tool("yamllint", "--strict", "-d", YAML_RULES, DEPLOY),
        "compose": _tool(
            "check-jsonschema",
            "--quiet",
            "--builtin-schema=vendor.compose-spec",
            *(DEPLOY / name for name in ("compose.yaml", "swarm.yaml")),
        ),
        "kubernetes": _kubernetes(),
    }
    for name, good in passed.items():
        sys.stdout.write(f"deploy: {name}: {'passed' if good else 'FAILED'}\n")
    return 0 if all(passed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
