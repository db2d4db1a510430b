"""deploy/kubernetes and deploy/systemd: every command is real, every part is bounded and apart."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.contracts.jobs import JobState
from shared.secret_files import SECRETS
from tests.dockerfile import Build
from tests.support import ROOT
from tests.support.command_line import find_command

KUBERNETES = ROOT / "deploy/kubernetes"
HEALTH = ROOT / "deploy/systemd/colourway-health@.service"
UNITS = sorted({*(ROOT / "deploy/systemd").glob("*.service")} - {HEALTH})
SETTINGS = (
    set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs/settings.md").read_text("utf-8"), re.M))
    | {f"{variable}_FILE" for variable in SECRETS.values()}
    | {"AWS_SHARED_CREDENTIALS_FILE"}
)
PARTS = {"migrate", "worker", "schedule", "listen", "web", "web-hook"}


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((KUBERNETES / name).read_text("utf-8")))


def kustomization() -> dict[str, Any]:
    return documents("kustomization.yaml")[0]


def resources() -> list[dict[str, Any]]:
    return [each for name in kustomization()["resources"] for each in documents(name)]


def pods() -> dict[str, dict[str, Any]]:
    """Return the pod of each deployment and job, by its name."""
    return {
        each["metadata"]["name"]: each["spec"]["template"]
        for each in resources()
        if each["kind"] in ("Deployment", "Job")
    }


def test_every_file_is_applied_and_every_part_is_there() -> None:
    files = {path.name for path in KUBERNETES.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(kustomization()["resources"]) == files
    assert set(pods()) == PARTS


@pytest.mark.parametrize("part", sorted(PARTS))
def test_a_pod_is_bounded_and_has_its_own_account_and_secret(part: str) -> None:
    spec = pods()[part]["spec"]
    assert spec["serviceAccountName"] == part
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = spec["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]) == {"requests", "limits"}
    secrets = [each["secret"]["secretName"] for each in spec["volumes"] if "secret" in each]
    assert secrets == [part]
    command, _ = find_command(container["args"])
    assert not hasattr(command, "get_command")
    assert {each["name"] for each in container["env"]} <= SETTINGS
    mounted = {each["name"] for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in spec["volumes"]}


def test_a_worker_has_time_to_finish_and_exactly_one_schedule_runs() -> None:
    assert pods()["worker"]["spec"]["terminationGracePeriodSeconds"] >= 120
    by_name = {
        each["metadata"]["name"]: each for each in resources() if "strategy" in each.get("spec", {})
    }
    assert by_name["schedule"]["spec"]["replicas"] == 1
    assert by_name["schedule"]["spec"]["strategy"] == {"type": "Recreate"}


def test_policies_and_budgets_choose_parts_that_exist() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods().items()}
    assert labels == {name: {"app.kubernetes.io/name": name} for name in PARTS}
    text = (KUBERNETES / "network-policies.yaml").read_text("utf-8")
    text += (KUBERNETES / "disruption-budgets.yaml").read_text("utf-8")
    chosen = {each for line in re.findall(r"values: \[(.+)\]", text) for each in line.split(", ")}
    chosen |= set(re.findall(r"matchLabels: \{app.kubernetes.io/name: (.+)\}", text))
    assert chosen == PARTS
    default, *others = documents("network-policies.yaml")
    assert default["spec"]["podSelector"] == {}
    assert default["spec"]["policyTypes"] == ["Ingress", "Egress"]
    opened = {each["metadata"]["name"]: each for each in others if "ingress" in each["spec"]}
    assert set(opened) == {"web", "web-hook", "metrics"}
    assert opened["metrics"]["spec"]["ingress"][0]["from"]


def test_settings_of_the_example_are_ones_that_somebody_reads() -> None:
    lines = (KUBERNETES / "settings.env").read_text("utf-8").splitlines()
    assert {line.partition("=")[0] for line in lines} <= SETTINGS
    assert not [line for line in lines if re.search("PASSWORD|TOKEN|SECRET|KEY_ID", line)]


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.stem)
def test_a_unit_calls_a_real_command_with_its_own_secrets(unit: Path) -> None:
    text = unit.read_text("utf-8")
    (words,) = re.findall(r"^ExecStart=/opt/colourway/bin/colourway (.+)$", text, re.M)
    command, _ = find_command(words.split())
    assert not hasattr(command, "get_command")
    given = re.findall(r"^LoadCredential=(\w+):/etc/colourway/secrets/(\w+)$", text, re.M)
    named = re.findall(r"^Environment=(\w+_FILE)=%d/(\w+)$", text, re.M)
    assert [name for name, _ in given] == [name for _, name in named]
    assert {variable for variable, _ in named} <= SETTINGS
    roles = {file.partition("_")[2] for _, file in given if not file.startswith("events")}
    assert len(roles) == 1, roles


def test_systemd_takes_the_units_and_finds_them_little_exposed(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    assert len(UNITS) == 6
    timer = HEALTH.with_suffix(".timer")
    for unit in (*UNITS, HEALTH, timer):
        # Its program must exist: this machine need not have Colourway in /opt.
        text = re.sub("/opt/colourway/bin/[a-z]+", "/bin/true", unit.read_text("utf-8"))
        (tmp_path / unit.name.replace("@", "@9464")).write_text(text)
    files = [str(tmp_path / unit.name.replace("@", "@9464")) for unit in (*UNITS, HEALTH)]
    said = subprocess.run(
        [program, "verify", *files], capture_output=True, text=True, check=False, timeout=60
    )
    assert (said.returncode, said.stderr) == (0, "")
    for file in files:
        words = ["security", "--offline=true", "--threshold=20", file]  # of 100
        subprocess.run([program, *words], check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("part", sorted(PARTS - {"migrate"}))
def test_what_goes_on_running_is_probed_where_it_serves(part: str) -> None:
    (container,) = pods()[part]["spec"]["containers"]
    (port,) = container["ports"]
    for probe, path in (("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
        assert container[probe]["httpGet"] == {"path": path, "port": port["name"]}
    served = {each["name"]: each.get("value") for each in container["env"]}
    if part not in ("web", "web-hook"):
        assert served["COLOURWAY_METRICS_PORT"] == str(port["containerPort"])
        assert served["COLOURWAY_METRICS_HOST"] == "0.0.0.0"  # kubelet's way in


def test_autoscaling_goes_by_a_metric_that_exists() -> None:
    (scaled,) = yaml.safe_load_all((KUBERNETES / "keda/worker.yaml").read_text("utf-8"))
    (component,) = yaml.safe_load_all((KUBERNETES / "keda/kustomization.yaml").read_text("utf-8"))
    assert component["resources"] == ["worker.yaml"]
    assert scaled["spec"]["scaleTargetRef"]["name"] in pods()
    (trigger,) = scaled["spec"]["triggers"]
    metric, words = re.findall(
        r"sum\((\w+)\{state=~\"([a-z|]+)\"\}\)", trigger["metadata"]["query"]
    )[0]
    page = (ROOT / "docs/operations/metrics.md").read_text("utf-8")
    assert f"| `{metric}` | gauge, `queue`, `state` |" in page
    assert {JobState(word) for word in words.split("|")} == {JobState.PENDING, JobState.LEASED}


def test_units_serve_health_on_ports_apart() -> None:
    texts = [unit.read_text("utf-8") for unit in UNITS]
    ports = re.findall(r"^Environment=COLOURWAY_METRICS_PORT=(\d+)$", "\n".join(texts), re.M)
    assert len(ports) == len(set(ports)) == 3
    page = (ROOT / "docs/operations/kubernetes.md").read_text("utf-8")
    assert [port for port in ports if f"colourway-health@{port}.timer" not in page] == []


def test_every_instruction_of_the_dockerfile_can_be_carried_out_without_an_engine() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    words = set(re.findall(r"^([A-Z]+) ", text, re.M))
    assert {"FROM", "RUN", "COPY", "USER", "ENTRYPOINT"} <= words
    assert [word for word in words if not hasattr(Build, f"_{word.lower()}")] == []
