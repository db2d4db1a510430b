"""A dashboard's queries and a file of alerts, watched for as long as something runs."""

import json
import math
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

import yaml

from tests.support import ROOT
from tests.support.services.prometheus import Prometheus

DASHBOARD: Final = ROOT / "deploy/grafana/colourway.json"
RULES: Final = ROOT / "deploy/prometheus/colourway.rules.yml"

HASTE: Final = (
    (r"\[(15m|10m|1h)\]", "[30s]"),
    (r"^(\s+for:) \w+$", r"\1 1s"),
    (r"> (300|900)\b", "> 3"),  # seconds that jobs have waited
    (r"> (20|2)\b", "> 0"),  # how often something has happened
)
"""What is made shorter and smaller, so that alerts fire within a test: nothing but numbers."""

RATE_INTERVAL: Final = "30s"


def panels() -> list[dict[str, Any]]:
    """Return the dashboard's panels, rows left out."""
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def queries() -> dict[str, str]:
    """Return every query of the dashboard, by its panel's title and its own letter."""
    return {
        f"{panel['title']} {target['refId']}": target["expr"].replace(
            "$__rate_interval", RATE_INTERVAL
        )
        for panel in panels()
        for target in panel["targets"]
    }


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def hastened_rules(folder: Path) -> Path:
    """Write the alerts so that they fire within seconds; return the file."""
    text = RULES.read_text(encoding="utf-8")
    for pattern, instead in HASTE:
        text, changed = re.subn(pattern, instead, text, flags=re.M)
        assert changed, pattern
    written = folder / "hastened.rules.yml"
    written.write_text(text)
    return written


@dataclass
class Watch:
    """Asks every second, until the block ends, what has not been seen yet."""

    prometheus: Prometheus
    silent: dict[str, str] = field(default_factory=queries)
    """Queries that have given no figure so far."""
    fired: set[str] = field(default_factory=set)
    """Alerts that have fired."""

    def __enter__(self) -> Self:
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(60)

    def wait_for(self, *names: str, within_s: float = 600.0) -> None:
        """Return once these alerts have fired."""
        deadline = time.monotonic() + within_s
        while missing := set(names) - self.fired:
            assert time.monotonic() < deadline, f"{sorted(missing)} did not fire"
            time.sleep(0.2)

    def _run(self) -> None:
        while not self._ended.wait(1.0):
            self.fired |= self.prometheus.firing()
            for name, query in list(self.silent.items()):
                if any(math.isfinite(value) for _, value in self.prometheus.query(query)):
                    del self.silent[name]
