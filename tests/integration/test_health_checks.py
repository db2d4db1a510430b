"""Health checks of compose, Kubernetes and systemd, word for word, at real processes."""

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
import yaml

from tests.support import ROOT
from tests.support.programs import deadline, running
from tests.support.services import free_port

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))[
    "services"
]
UNIT = (ROOT / "deploy/systemd/colourway-health@.service").read_text("utf-8")
PARTS = ("worker", "schedule", "web-hook")


def probes(part: str) -> dict[str, str]:
    """Return the paths that Kubernetes asks for, by the probe's name."""
    documents = yaml.safe_load_all((ROOT / f"deploy/kubernetes/{part}.yaml").read_text("utf-8"))
    (deployment,) = [each for each in documents if each["kind"] == "Deployment"]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    return {name: asked["httpGet"]["path"] for name, asked in container.items() if "Probe" in name}


def run(words: list[str]) -> int:
    """Run a check with this Python in the place of the image's; return its exit code."""
    assert words[0].rpartition("/")[2] == "python"
    return subprocess.run(
        [sys.executable, *words[1:]], check=False, capture_output=True, timeout=30
    ).returncode


@pytest.mark.parametrize("part", PARTS)
def test_a_part_is_well_once_it_answers_and_ill_when_it_is_gone(
    part: str, postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    service, port = SERVICES[part], str(free_port())
    theirs = "8080" if part == "web-hook" else service["environment"]["COLOURWAY_METRICS_PORT"]
    how, *words = (
        word.replace(f":{theirs}/", f":{port}/") for word in service["healthcheck"]["test"]
    )
    assert how == "CMD"
    assert f":{port}/" in words[-1]
    command = [
        word.replace(theirs, port).replace("0.0.0.0", "127.0.0.1") for word in service["command"]
    ]
    environment = {
        "DATABASE_URL": postgres_url,
        "CELERY_BROKER_URL": redis_url,
        "COLOURWAY_HOME": str(tmp_path),
        "COLOURWAY_EVENTS_TOKEN": "a-token-for-the-test",
        "COLOURWAY_UPLOAD_KEYS": "{sku}.jpg",
        "COLOURWAY_METRICS_HOST": "127.0.0.1",
    }
    if part != "web-hook":
        environment["COLOURWAY_METRICS_PORT"] = port
    assert run(words) != 0  # nobody is there yet
    with running(environment, tmp_path / "log", "colourway", *command) as process:
        for _ in deadline():
            process.check_alive()
            if run(words) == 0:
                break
        for name, path in probes(part).items():
            for _ in deadline():
                if answers(f"http://127.0.0.1:{port}{path}"):
                    break
            else:
                pytest.fail(f"{name} of {part} never succeeds")
        if part != "web-hook":
            (line,) = re.findall(r"^ExecStart=(.+)$", UNIT, re.M)
            assert run(shlex.split(line.replace("%i", port))) == 0
        assert process.terminate() == 0
    assert run(words) != 0


def answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except URLError:
        return False
