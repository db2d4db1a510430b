"""deploy/kubernetes and deploy/systemd: every command is real, every part is bounded and apart."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.secret_files import SECRETS
from tests.support import ROOT
from tests.support.command_line import find_command

KUBERNETES = ROOT / "deploy/kubernetes"
UNITS = sorted((ROOT / "deploy/systemd").glob("*.service"))
SETTINGS = (
    set(re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs/settings.md").read_text("utf-8"), re.M))
    | {f"{variable}_FILE" for variable in SECRETS.values()}
    | {"AWS_SHARED_CREDENTIALS_FILE"}
)
PARTS = {"migrate", "worker", "schedule", "web", "web-hook"}


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
    open_to = {each["metadata"]["name"] for each in others if "ingress" in each["spec"]}
    assert open_to == {"web", "web-hook"}


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
    assert len(UNITS) == 5
    for unit in UNITS:
        # Its program must exist: this machine need not have Colourway in /opt.
        text = unit.read_text("utf-8").replace("/opt/colourway/bin/colourway", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    files = [str(tmp_path / unit.name) for unit in UNITS]
    said = subprocess.run(
        [program, "verify", *files], capture_output=True, text=True, check=False, timeout=60
    )
    assert (said.returncode, said.stderr) == (0, "")
    for file in files:
        words = ["security", "--offline=true", "--threshold=20", file]  # of 100
        subprocess.run([program, *words], check=True, capture_output=True, timeout=60)
