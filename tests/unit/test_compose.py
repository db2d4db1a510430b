"""docker-compose.yml: valid by the specification, and every command one that exists."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from shared.secret_files import SECRETS as SECRET_SETTINGS
from shared.settings import Settings
from tests.support import ROOT
from tests.support.command_line import find_command

SPECIFICATION = ROOT.parent / "shared/reference/compose-spec.json"
PORTS = ROOT / "deploy/compose/ports.yml"
SERVERS = {"database", "broker", "storage"}
COMMANDS = {
    "roles",
    "migrate",
    "worker",
    "worker-gpu",
    "schedule",
    "producer",
    "reader",
    "web",
    "web-hook",
}
OURS = COMMANDS | {"bucket"}

SECRETS = {
    "database": {"database_password"},
    "broker": {"broker_users"},
    "storage": {"storage_users"},
    "roles": {"database_admin"},
    "migrate": {"database_migrate"},
    "bucket": {"storage_admin"},
    "worker": {"database_worker", "broker_worker", "storage_worker"},
    "worker-gpu": {"database_worker", "broker_worker", "storage_worker"},
    "schedule": {"database_producer", "broker_producer", "storage_producer"},
    "producer": {"database_producer", "broker_producer", "storage_producer"},
    "reader": {"database_reader", "storage_reader"},
    "web": {"database_web", "broker_web", "storage_web"},
    "web-hook": {"database_hook", "broker_hook", "storage_hook", "events_token"},
}
"""Who gets which secret: each those of its own role, and no other."""

NETWORKS = {
    "database": {"database"},
    "broker": {"broker"},
    "storage": {"storage"},
    "roles": {"database"},
    "migrate": {"database"},
    "bucket": {"storage"},
    "worker": {"database", "broker", "storage", "outside"},
    "worker-gpu": {"database", "broker", "storage", "outside"},
    "schedule": {"database", "broker", "storage", "outside"},
    "producer": {"database", "broker", "storage", "outside"},
    "reader": {"database", "storage"},
    "web": {"database", "broker", "storage", "page"},
    "web-hook": {"database", "broker", "storage", "events"},
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("file", [ROOT / "docker-compose.yml", PORTS], ids=lambda path: path.name)
def test_it_is_valid_by_the_compose_specification(file: Path):
    if not SPECIFICATION.exists():
        pytest.skip("../shared/reference/compose-spec.json is not there to validate against")
    specification = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(specification)
    jsonschema.Draft7Validator(specification).validate(yaml.safe_load(file.read_text("utf-8")))


def test_it_has_every_part(compose: dict[str, Any]):
    assert set(compose["services"]) == OURS | SERVERS


def test_every_service_is_hardened(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["pids_limit"] <= 500, name
        assert service["mem_limit"], name
        assert service["logging"]["options"]["max-size"], name
        # Ours run as a user without rights from the start; servers become one.
        assert bool(service.get("cap_add")) is (name in SERVERS), name


def test_what_goes_on_running_can_tell_its_health(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        lasts = service["restart"] != "no"
        assert ("healthcheck" in service) is lasts, name


def test_each_service_gets_its_own_secrets_and_no_other(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        given = [each if isinstance(each, str) else each["source"] for each in service["secrets"]]
        assert set(given) == SECRETS[name], name
    assert set(compose["secrets"]) == set().union(*SECRETS.values())


def test_no_secret_stands_in_the_file(compose: dict[str, Any]):
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert "://" not in re.sub(r"https?://|s3://", "", text)
    for service in compose["services"].values():
        for variable in service.get("environment", {}):
            is_secret = re.search("PASSWORD|TOKEN|SECRET|ACCESS_KEY", variable)
            assert not is_secret or variable.endswith("_FILE"), variable


def test_networks_are_apart(compose: dict[str, Any]):
    for name, service in compose["services"].items():
        assert set(service["networks"]) == NETWORKS[name], name
    inside = {name for name, network in compose["networks"].items() if network.get("internal")}
    assert inside == SERVERS


def test_services_wait_for_services_that_exist_and_can_tell_their_health(compose: dict[str, Any]):
    services = compose["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, f"{name} waits for {needed}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], f"{name} waits for {needed}"


def test_every_port_is_for_this_machine_alone(compose: dict[str, Any]):
    opened = yaml.safe_load(PORTS.read_text(encoding="utf-8"))["services"]
    assert set(opened) == SERVERS
    ours = {name: each for name, each in compose["services"].items() if "ports" in each}
    assert set(ours) == {"web", "web-hook"}
    services = [*ours.values(), *opened.values()]
    assert all(port.startswith("127.0.0.1:") for each in services for port in each["ports"])


def test_settings_have_the_defaults_of_the_program(compose: dict[str, Any]):
    given = compose["services"]["worker"]["environment"]
    assert given["COLOURWAY_CHUNK_SIZE"] == f"${{COLOURWAY_CHUNK_SIZE:-{default('chunk_size')}}}"
    threads = f"${{COLOURWAY_FETCH_THREADS:-{default('fetch_threads')}}}"
    assert given["COLOURWAY_FETCH_THREADS"] == threads


def default(name: str) -> object:
    return Settings.model_fields[name].default


def test_images_are_built_from_pins_that_exist(compose: dict[str, Any]):
    for name in OURS:
        pins = compose["services"][name]["build"]["args"]["PINS"]
        assert (ROOT / f"requirements/{pins}.txt").exists(), name


def test_settings_are_ones_that_somebody_reads(compose: dict[str, Any]):
    page = (ROOT / "docs/settings.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| `([A-Z0-9_]+)` \|", page, re.M))
    documented |= {"AWS_SHARED_CREDENTIALS_FILE", "AWS_EC2_METADATA_DISABLED"}  # boto3's
    documented |= {f"{variable}_FILE" for variable in SECRET_SETTINGS.values()}
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= documented, name


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_commands_are_real_ones(compose: dict[str, Any], name: str):
    command, _ = find_command(compose["services"][name]["command"])
    assert not hasattr(command, "get_command"), f"{name}: {command.name} only groups commands"
