"""What no schema can see: the files under deploy/ fit the service, and each other."""

import re
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from adapters.celery.queue import IN_A_MESSAGE, WINDOW
from adapters.sql.databases.server import POOL_SIZE
from deploy.check import DEPLOY
from entrypoints.wiring.load_settings import load_settings
from entrypoints.wiring.settings import Settings
from tests.deploy.manifests import Overlay, Process, composed, overlay, services, text_of_all_files

ROOT = DEPLOY.parent
OURS = {"orders-api", "orders-worker", "orders-migrate"}
SECONDS_TO_END = 10  # at most, once the drain is over
OVERLAYS = ["local", "production"]
SOURCES = ["compose.yaml", "swarm.yaml", *OVERLAYS]


@pytest.fixture(params=OVERLAYS)
def rendered(request: pytest.FixtureRequest) -> Overlay:
    return overlay(request.param)


@pytest.fixture(params=SOURCES)
def processes(request: pytest.FixtureRequest) -> list[Process]:
    source: str = request.param
    return composed(source) if source.endswith(".yaml") else overlay(source).processes()


def test_every_name_with_our_prefix_is_a_setting() -> None:
    settings = {f"ORDERS_{field.name.upper()}" for field in fields(Settings)}

    for path, text in text_of_all_files().items():
        assert set(re.findall(r"ORDERS_[A-Z_]+", text)) <= settings, path


def test_each_process_would_start_with_its_settings(processes: list[Process]) -> None:
    assert sorted(process.command for process in processes) == ["migrate", "serve", "worker"]
    for process in processes:
        settings = load_settings(process.environment, dotenv_path="")

        assert settings.queue == "celery"
        assert settings.database_url.startswith("postgresql+psycopg://")


def test_all_processes_on_one_database_have_the_same_lease_and_queue(
    processes: list[Process],
) -> None:
    loaded = [load_settings(process.environment, dotenv_path="") for process in processes]

    assert len({(s.database_url, s.broker_url, s.broker_queue, s.lease) for s in loaded}) == 1


def test_a_process_is_given_the_time_to_drain_and_to_end(processes: list[Process]) -> None:
    for process in processes:
        settings = load_settings(process.environment, dotenv_path="")

        assert process.seconds_to_stop > settings.drain_seconds + SECONDS_TO_END, process.command


def test_every_pod_is_restricted(rendered: Overlay) -> None:
    for name, template in rendered.pod_templates().items():
        pod = template["spec"]
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert pod["enableServiceLinks"] is False, name
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }, name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            assert "/tmp" in [mount["mountPath"] for mount in container["volumeMounts"]], name


@pytest.mark.parametrize("file", ["compose.yaml", "swarm.yaml"])
def test_every_service_has_a_read_only_file_system_but_for_tmp(file: str) -> None:
    for name, service in services(file).items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        mounts = service.get("tmpfs") or [mount["target"] for mount in service["volumes"]]
        assert [mount.partition(":")[0] for mount in mounts] == ["/tmp"], name


def test_pods_run_as_the_user_of_the_image(rendered: Overlay) -> None:
    (user,) = re.findall(r"^USER (.*)", _dockerfile(), flags=re.MULTILINE)

    for name in OURS:
        context = rendered.pod_templates()[name]["spec"]["securityContext"]
        assert f"{context['runAsUser']}:{context['runAsGroup']}" == user


def test_the_image_holds_what_the_wheel_holds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packed = set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"])

    copied = set(re.findall(r"^COPY (\w+(?:\.py)?) ", _dockerfile(), flags=re.MULTILINE))
    sent = set(re.findall(r"^!(.+)", (ROOT / ".dockerignore").read_text(), flags=re.MULTILINE))

    assert copied == packed
    assert sent == packed | {"requirements-server.txt"}


def test_selectors_find_the_pods_that_they_mean(rendered: Overlay) -> None:
    for deployment in rendered.all("Deployment"):
        name = deployment["metadata"]["name"]
        assert rendered.selected(deployment["spec"]["selector"]["matchLabels"]) == {name}
    for budget in rendered.all("PodDisruptionBudget"):
        found = rendered.selected(budget["spec"]["selector"]["matchLabels"])
        assert found == {budget["metadata"]["name"]}
    for service in rendered.all("Service"):
        (name,) = rendered.selected(service["spec"]["selector"])
        assert name == {"orders": "orders-api"}.get(
            service["metadata"]["name"], service["metadata"]["name"]
        )


def test_all_traffic_is_denied_except_what_a_policy_names(rendered: Overlay) -> None:
    policies = {p["metadata"]["name"]: p["spec"] for p in rendered.all("NetworkPolicy")}

    assert policies.pop("default-deny") == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    for name in ("database", "broker"):
        assert rendered.selected(policies[name]["podSelector"]["matchLabels"]) == OURS
        assert all(rule["to"] for rule in policies[name]["egress"])  # not to everywhere
    assert rendered.selected(policies["api-clients"]["podSelector"]["matchLabels"]) == {
        "orders-api"
    }


def test_policies_open_the_ports_of_the_database_and_the_broker(rendered: Overlay) -> None:
    process = rendered.processes()[0]
    settings = load_settings(process.environment, dotenv_path="")

    for policy, url in (("database", settings.database_url), ("broker", settings.broker_url)):
        (rule,) = rendered.one("NetworkPolicy", policy)["spec"]["egress"]
        assert [str(port["port"]) for port in rule["ports"]] == re.findall(r":(\d+)/", url)


def test_workers_scale_with_the_queue_that_they_read() -> None:
    production = overlay("production")
    (scaled,) = production.all("ScaledObject")
    spec = scaled["spec"]
    target = production.one("Deployment", spec["scaleTargetRef"]["name"])
    (container,) = target["spec"]["template"]["spec"]["containers"]
    environment = production.environment(container)
    settings = load_settings(environment, dotenv_path="")
    (trigger,) = spec["triggers"]

    assert container["args"] == ["worker"]
    assert all(
        isinstance(value, str) for value in trigger["metadata"].values()
    )  # KEDA refuses others
    assert trigger["metadata"]["queueName"] == settings.broker_queue
    assert environment[trigger["metadata"]["hostFromEnv"]] == settings.broker_url
    assert settings.broker_url.startswith(trigger["metadata"]["protocol"])
    assert spec["minReplicaCount"] >= 1  # they take orders from the database too
    # the queue is never longer than its window, and that must be enough to ask for all of them
    full_messages = WINDOW // IN_A_MESSAGE
    assert spec["maxReplicaCount"] * int(trigger["metadata"]["value"]) <= full_messages


def test_the_guides_say_how_many_connections_there_may_be() -> None:
    production = overlay("production")
    api = production.one("HorizontalPodAutoscaler", "orders-api")["spec"]["maxReplicas"]
    workers = production.one("ScaledObject", "orders-worker")["spec"]["maxReplicaCount"]
    pods = api + workers
    connections = 2 * POOL_SIZE  # of one process: a pool to read by, and one to write by

    growing, containers = (
        " ".join((ROOT / "docs" / name).read_text().split())
        for name in ("growing.md", "containers.md")
    )

    assert f"Each process may open up to {connections} connections" in growing
    assert f"each process may open up to {connections} to the database" in containers
    assert f"two pools of {POOL_SIZE}," in containers
    assert f"so {pods} pods up to {pods * connections}," in containers


def test_a_deployment_with_an_autoscaler_sets_no_replicas() -> None:
    production = overlay("production")
    scalers = production.all("ScaledObject") + production.all("HorizontalPodAutoscaler")
    targets = [scaler["spec"]["scaleTargetRef"]["name"] for scaler in scalers]

    assert sorted(targets) == ["orders-api", "orders-worker"]
    for name in targets:
        assert "replicas" not in production.one("Deployment", name)["spec"]


def test_probes_ask_what_the_service_answers(rendered: Overlay) -> None:
    (api,) = rendered.pod_templates()["orders-api"]["spec"]["containers"]
    (worker,) = rendered.pod_templates()["orders-worker"]["spec"]["containers"]

    paths = {kind: api[kind]["httpGet"]["path"] for kind in _probes(api)}
    assert paths == {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    }
    assert all(api[kind]["httpGet"]["port"] == "http" for kind in _probes(api))
    assert [port["name"] for port in api["ports"]] == ["http"]
    assert _probes(worker) == {"startupProbe", "livenessProbe"}
    for kind in _probes(worker):
        assert worker[kind]["exec"]["command"] == ["python", "main.py", "worker", "--check"]
        assert worker[kind]["timeoutSeconds"] >= 10  # it takes a second of a busy processor


@pytest.mark.parametrize("path", ["compose.yaml", "swarm.yaml"])
def test_a_worker_has_the_health_check_of_a_worker(path: str) -> None:
    asked = services(path)["worker"]["healthcheck"]["test"]

    assert asked == ["CMD", "python", "main.py", "worker", "--check"]


def _probes(container: dict[str, Any]) -> set[str]:
    return {key for key in container if key.endswith("Probe")}


def _dockerfile() -> str:
    return Path(DEPLOY / "Dockerfile").read_text()
