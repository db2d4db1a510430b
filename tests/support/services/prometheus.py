"""A real Prometheus that scrapes what a test runs, and what it knows."""

import json
import shutil
import urllib.parse
import urllib.request
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.services import free_port, program, tell_absent

SCRAPE_EVERY = "1s"


@dataclass(frozen=True)
class Prometheus:
    url: str

    def query(self, expression: str) -> list[tuple[Mapping[str, str], float]]:
        """Return labels and value of each series that an instant query gives."""
        found = self._get("query", query=expression)["result"]
        return [(series["metric"], float(series["value"][1])) for series in found]

    def firing(self) -> set[str]:
        """Return the names of the alerts that fire."""
        return {
            alert["labels"]["alertname"]
            for alert in self._get("alerts")["alerts"]
            if alert["state"] == "firing"
        }

    def targets_up(self) -> set[str]:
        return {labels["job"] for labels, value in self.query("up") if value == 1}

    def _get(self, what: str, **words: str) -> Any:
        query = urllib.parse.urlencode(words)
        with urllib.request.urlopen(f"{self.url}/api/v1/{what}?{query}", timeout=30) as answer:
            return json.load(answer)["data"]


@pytest.fixture
def promtool() -> str:
    return _installed("promtool")


@contextmanager
def prometheus(folder: Path, targets: Mapping[str, int], rules: Path) -> Generator[Prometheus]:
    """Run Prometheus, which scrapes each job's port every second and evaluates these rules."""
    binary = _installed("prometheus")
    port = free_port()
    config = {
        "global": {"scrape_interval": SCRAPE_EVERY, "evaluation_interval": SCRAPE_EVERY},
        "rule_files": [str(rules)],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{theirs}"]}]}
            for job, theirs in targets.items()
        ],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    args = [
        binary,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    serving = Prometheus(f"http://127.0.0.1:{port}")
    with program(args, folder, lambda: serving.query("vector(1)")):
        yield serving


def _installed(name: str) -> str:
    """Return where Prometheus, or its tool, is installed; skip the test where it is not."""
    found = shutil.which(name)
    if found is None:
        tell_absent("Prometheus", None, f"{name} is not installed (Debian: apt install prometheus)")
    return found
