"""What the files under deploy/ describe, in the form that tests compare."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from deploy.check import DEPLOY, KUBERNETES, Manifest, read, render, renderer
from tests.harness import Missing

SECRET = KUBERNETES / "overlays/production/secret.example.yaml"


@dataclass(frozen=True)
class Process:
    """One kind of container of ours: where, what it runs, its settings, and how it stops."""

    place: str
    command: str
    environment: dict[str, str]
    seconds_to_stop: float  # from SIGTERM on


class Overlay:
    """A rendered overlay, and the Secrets that it expects to exist."""

    def __init__(self, name: str, manifests: list[Manifest]) -> None:
        self.name = name
        expected = read(SECRET) if name == "production" else []
        self.manifests = manifests + expected

    def all(self, kind: str) -> list[Manifest]:
        return [manifest for manifest in self.manifests if manifest["kind"] == kind]

    def one(self, kind: str, name: str) -> Manifest:
        (found,) = [m for m in self.all(kind) if m["metadata"]["name"] == name]
        return found

    def pod_templates(self) -> dict[str, Any]:
        """The pod templates, by the name of their Deployment or Job."""
        workloads = self.all("Deployment") + self.all("Job")
        return {m["metadata"]["name"]: m["spec"]["template"] for m in workloads}

    def selected(self, labels: dict[str, str]) -> set[str]:
        """The names of the workloads whose pods have these labels."""
        return {
            name
            for name, template in self.pod_templates().items()
            if labels.items() <= template["metadata"]["labels"].items()
        }

    def environment(self, container: dict[str, Any]) -> dict[str, str]:
        """The container's variables. Raises ValueError when a ConfigMap or Secret is missing."""
        found: dict[str, str] = {}
        for source in container.get("envFrom", []):
            ((key, reference),) = source.items()
            if key == "configMapRef":
                found |= self.one("ConfigMap", reference["name"])["data"]
            else:
                found |= _decoded(self.one("Secret", reference["name"]))
        return found | {entry["name"]: entry["value"] for entry in container.get("env", [])}

    def processes(self) -> list[Process]:
        return [
            Process(
                f"{self.name} overlay",
                container["args"][0],
                self.environment(container),
                template["spec"]["terminationGracePeriodSeconds"] - _pre_stop(container),
            )
            for name, template in self.pod_templates().items()
            for container in template["spec"]["containers"]
            if name.startswith("orders-")
        ]


@cache
def overlay(name: str) -> Overlay:
    """Skips where nothing can render it; fails in CI."""
    command = renderer()
    if command is None:
        raise Missing("kubectl and kustomize are missing")
    assert command is not None
    return Overlay(name, render(KUBERNETES / "overlays" / name, command))


def services(file: str) -> dict[str, Any]:
    """Our services in compose.yaml or swarm.yaml, with the defaults of its variables."""
    text = re.sub(r"\$\{\w+:[-?]([^}]*)\}", r"\1", (DEPLOY / file).read_text())
    named: dict[str, Any] = yaml.safe_load(text)["services"]
    return {name: named[name] for name in ("migrate", "api", "worker")}


def composed(file: str) -> list[Process]:
    """The processes of ours that compose.yaml or swarm.yaml starts."""
    return [
        Process(
            file,
            service.get("command", ["serve"])[0],
            service["environment"] | (_decoded(read(SECRET)[0]) if "secrets" in service else {}),
            float(service["stop_grace_period"].removesuffix("s")),
        )
        for service in services(file).values()
    ]


def text_of_all_files() -> dict[Path, str]:
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {path: path.read_text() for path in files}


def _decoded(secret: Manifest) -> dict[str, str]:
    return secret.get("stringData") or {
        key: yaml.safe_load(f"!!binary {value}").decode() for key, value in secret["data"].items()
    }


def _pre_stop(container: dict[str, Any]) -> float:
    hook = container.get("lifecycle", {}).get("preStop")
    if hook is None:
        return 0
    program, seconds = hook["exec"]["command"]
    assert program == "sleep"
    return float(seconds)
