"""docker-compose.yml: valid by the specification, and every command one that exists."""

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from shared.settings import Settings
from tests.support import ROOT
from tests.support.command_line import find_command

SPECIFICATION = ROOT.parent / "shared/reference/compose-spec.json"
OURS = {"migrate", "worker", "worker-gpu", "schedule", "producer", "web-hook"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_it_is_valid_by_the_compose_specification(compose: dict[str, Any]):
    if not SPECIFICATION.exists():
        pytest.skip("../shared/reference/compose-spec.json is not there to validate against")
    specification = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(specification)
    jsonschema.Draft7Validator(specification).validate(compose)


def test_it_has_every_part(compose: dict[str, Any]):
    assert set(compose["services"]) == OURS | {"database", "broker", "storage"}


def test_services_wait_for_services_that_exist_and_can_tell_their_health(compose: dict[str, Any]):
    services = compose["services"]
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert needed in services, f"{name} waits for {needed}"
            if how["condition"] == "service_healthy":
                assert "healthcheck" in services[needed], f"{name} waits for {needed}"


def test_every_port_is_for_this_machine_alone(compose: dict[str, Any]):
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_settings_have_the_defaults_of_the_program(compose: dict[str, Any]):
    given = compose["x-settings"]
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
    for name in OURS:
        assert set(compose["services"][name]["environment"]) <= documented, name


@pytest.mark.parametrize("name", sorted(OURS))
def test_commands_are_real_ones(compose: dict[str, Any], name: str):
    command, _ = find_command(compose["services"][name]["command"])
    assert not hasattr(command, "get_command"), f"{name}: {command.name} only groups commands"
