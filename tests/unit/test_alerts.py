"""Alerts and dashboard as they are committed: valid, complete, and each alert at its own time.

Here Prometheus' own tool feeds the rules with made-up series; ``tests/acceptance/test_metrics.py``
causes what they tell of.
"""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from shared.metrics.processes import ProcessMetrics
from tests.support import ROOT
from tests.support.watched_panels import DASHBOARD, RULES, alerts, hastened_rules, panels, queries

UP = {
    'up{job="colourway-worker",instance="w"}': "1x60",
    'colourway_build_info{job="colourway-worker",instance="w",component="worker"}': "1x60",
    'up{job="colourway-schedule",instance="s"}': "1x60",
    'colourway_build_info{job="colourway-schedule",instance="s",component="schedule"}': "1x60",
}
"""A worker and a scheduler that answer, for an hour."""

FIRES = 'count(ALERTS{{alertname="{alert}",alertstate="firing"}}) or vector(0)'
PICTURES = 'colourway_pictures_total{instance="w",outcome="%s",code="%s"}'
AGE = 'colourway_oldest_due_job_age_seconds{instance="s",queue="%s"}'
DECODERS = 'colourway_decoder_deaths_total{instance="w",cause="%s"}'
HOOK = 'colourway_hook_requests_total{instance="h",route="/events/s3",status="%s"}'
DONE = PICTURES % ("done", "ok")
GONE = PICTURES % ("failed", "fetch_not_found")

CASES: dict[str, list[tuple[dict[str, str], str, bool]]] = {
    "ColourwayProcessDown": [
        ({'up{job="colourway-listen",instance="l"}': "0x60"}, "4m", False),
        ({'up{job="colourway-listen",instance="l"}': "0x60"}, "6m", True),
        ({'up{job="postgres",instance="l"}': "0x60"}, "30m", False),
    ],
    "ColourwayNoWorker": [
        ({}, "30m", False),
        ({'up{job="colourway-worker",instance="w"}': "1x10 0x50"}, "20m", True),
    ],
    "ColourwayNoScheduler": [
        ({}, "30m", False),
        ({'up{job="colourway-schedule",instance="s"}': "1x10 0x50"}, "20m", True),
    ],
    "ColourwayLedgerAway": [
        ({'colourway_ledger_up{instance="s"}': "1x10 0x50"}, "12m", False),
        ({'colourway_ledger_up{instance="s"}': "1x10 0x50"}, "14m", True),
    ],
    "ColourwayBrokerAway": [
        ({'colourway_broker_up{instance="s"}': "1x10 0x50"}, "12m", False),
        ({'colourway_broker_up{instance="s"}': "1x10 0x50"}, "14m", True),
    ],
    "ColourwayUploadsWait": [
        ({AGE % "uploads": "290x60"}, "30m", False),
        ({AGE % "uploads": "0+60x60"}, "9m", False),
        ({AGE % "uploads": "0+60x60"}, "12m", True),
        ({AGE % "backfill": "0+60x60"}, "30m", False),
    ],
    "ColourwayQueueStands": [
        ({AGE % "backfill": "5000x60", DONE: "0+1x60"}, "40m", False),  # long, but it goes on
        ({AGE % "backfill": "5000x60", DONE: "7x60"}, "40m", True),
        ({AGE % "backfill": "5000x60"}, "40m", True),  # no worker has ever been seen
        ({AGE % "backfill": "100x60", DONE: "7x60"}, "40m", False),
    ],
    "ColourwayPicturesFail": [
        ({DONE: "0+8x60", GONE: "0+2x60"}, "50m", False),
        ({DONE: "0+6x60", GONE: "0+4x60"}, "50m", True),
        ({DONE: "0+6x60", GONE: "0+4x60"}, "10m", False),  # not for a quarter of an hour yet
        ({GONE: "0x30 1+1x2 3x30"}, "50m", False),  # three pictures are no trend
    ],
    "ColourwayDeadlyPictures": [
        ({PICTURES % ("quarantined", "attempts_exhausted"): "0x60"}, "30m", False),
        ({PICTURES % ("quarantined", "attempts_exhausted"): "0x20 1x40"}, "30m", True),
        ({PICTURES % ("quarantined", "fetch_timeout"): "0x20 9x40"}, "30m", False),
    ],
    "ColourwayChildrenDie": [
        (
            {'colourway_child_deaths_total{instance="w",signal="SIGKILL"}': "0x20 1x40"},
            "30m",
            False,
        ),
        ({'colourway_child_deaths_total{instance="w",signal="SIGKILL"}': "0x20 4x40"}, "30m", True),
    ],
    "ColourwayStoreAway": [
        (
            {'colourway_retries_total{instance="w",code="store_unavailable"}': "0x20 3x40"},
            "25m",
            True,
        ),
        ({'colourway_retries_total{instance="w",code="store_failed"}': "0x20 3x40"}, "25m", False),
        (
            {'colourway_retries_total{instance="w",code="store_unavailable"}': "0x20 3x40"},
            "40m",
            False,
        ),
    ],
    "ColourwayHostsThrottle": [
        ({'colourway_hosts_in_backoff{instance="s"}': "2x120"}, "50m", False),
        ({'colourway_hosts_in_backoff{instance="s"}': "2x120"}, "70m", True),
    ],
    "ColourwayLeasesLost": [
        ({'colourway_leases_lost_total{instance="w"}': "0x20 9x40"}, "30m", False),
        ({'colourway_leases_lost_total{instance="w"}': "0x20 40x40"}, "30m", True),
    ],
    "ColourwayMessagesRefused": [
        ({'colourway_notifications_refused_total{instance="w"}': "5x60"}, "30m", False),
        ({'colourway_notifications_refused_total{instance="w"}': "0x20 1x40"}, "30m", True),
    ],
    "ColourwayWorkersLost": [
        ({'colourway_workers{instance="s",state="lost"}': "0x20 1x40"}, "24m", False),
        ({'colourway_workers{instance="s",state="lost"}': "0x20 1x40"}, "27m", True),
        ({'colourway_workers{instance="s",state="idle"}': "9x60"}, "30m", False),
    ],
    "ColourwayDecodersDie": [
        ({DECODERS % "timeout": "0x20 9x40"}, "25m", False),
        ({DECODERS % "timeout": "0x20 30x40"}, "25m", True),
        ({DECODERS % "SIGKILL": "15x60", DECODERS % "timeout": "15x60"}, "25m", False),
    ],
    "ColourwayHookFails": [
        ({HOOK % "503": "0x20 30x40"}, "25m", True),
        ({HOOK % "500": "0x20 15x40", HOOK % "503": "0x20 15x40"}, "25m", True),
        ({HOOK % "401": "0+30x60", HOOK % "200": "0+30x60"}, "25m", False),
    ],
    "ColourwayHookRefuses": [
        ({HOOK % "401": "0x20 30x40"}, "25m", True),
        ({HOOK % "401": "0x20 9x40", HOOK % "400": "0+30x60"}, "25m", False),
    ],
}
"""Series besides ``UP``, one value a minute; when to look; whether the alert fires then."""


def tool(promtool: str, *arguments: object) -> None:
    done = subprocess.run(
        [promtool, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_cases() -> None:
    assert set(CASES) == {alert["alert"] for alert in alerts()}
    for alert, cases in CASES.items():
        assert {fires for *_, fires in cases} == {True, False}, alert


@pytest.mark.parametrize("alert", CASES)
def test_an_alert_fires_when_it_should_and_not_before(
    alert: str, promtool: str, tmp_path: Path
) -> None:
    tests = [
        {
            "interval": "1m",
            "input_series": [
                {"series": name, "values": values} for name, values in (UP | more).items()
            ],
            "promql_expr_test": [
                {
                    "expr": FIRES.format(alert=alert),
                    "eval_time": at,
                    "exp_samples": [{"labels": "{}", "value": int(fires)}],
                }
            ],
        }
        for more, at, fires in CASES[alert]
    ]
    file = tmp_path / "tests.yml"
    file.write_text(
        yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests})
    )
    tool(promtool, "test", "rules", file)


def test_the_files_are_valid(promtool: str, tmp_path: Path) -> None:
    tool(promtool, "check", "config", ROOT / "deploy/prometheus/prometheus.yml")
    tool(promtool, "check", "rules", RULES)
    tool(promtool, "check", "rules", hastened_rules(tmp_path))


def test_every_query_of_the_dashboard_is_valid(promtool: str, tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": query}
        for number, query in enumerate(queries().values())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    tool(promtool, "check", "rules", file)


def test_alerts_and_panels_name_metrics_that_exist() -> None:
    families: list[tuple[str, str]] = []
    for component in ("worker", "listen", "serve"):
        metrics = ProcessMetrics(component)
        try:
            families += re.findall(r"^# TYPE (\w+) (\w+)", metrics.render()[0].decode(), re.M)
        finally:
            metrics.close()
    exist = {name for name, _ in families}
    exist |= {
        f"{name}_{part}"
        for name, kind in families
        if kind == "histogram"
        for part in ("bucket", "sum", "count")
    }
    files = (ROOT / "producer/status").glob("*gauges.py")
    gauges = "".join(file.read_text(encoding="utf-8") for file in files)
    exist |= set(re.findall(r'"(colourway_\w+)"', gauges)) | {
        "colourway_ledger_up",
        "colourway_broker_up",
    }
    exist |= {name.replace("process_", "colourway_child_process_", 1) for name in exist}
    used = {
        name
        for query in [*queries().values(), *(alert["expr"] for alert in alerts())]
        for name in re.findall(r"\b(?:colourway|process)_\w+", query)
    }
    assert used - exist == set()


def test_the_dashboard_is_whole() -> None:
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    everything = dashboard["panels"]
    numbers = [panel["id"] for panel in everything]
    assert len(numbers) == len(set(numbers))
    taken: set[tuple[int, int]] = set()
    for panel in everything:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    for panel in panels():
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"], panel["title"]
    used = set(re.findall(r"\$\{?(\w+)", DASHBOARD.read_text(encoding="utf-8")))
    assert used - {"__rate_interval"} <= variables


@pytest.mark.parametrize("alert", [alert["alert"] for alert in alerts()])
def test_the_page_on_metrics_explains_every_alert(alert: str) -> None:
    page = (ROOT / "docs/operations/metrics.md").read_text(encoding="utf-8")
    assert f"`{alert}`" in page
