"""What a process shows of itself: names by Prometheus' rules, and nothing where it is off."""

import subprocess
import sys
from importlib.metadata import version

import pytest
from prometheus_client.registry import Collector

from shared.contracts.jobs import JobState
from shared.contracts.stages import Code, Stage
from shared.metrics import counting
from shared.metrics.processes import ProcessMetrics
from shared.metrics.serving import metrics_served
from shared.settings import get_settings
from tests.support import ROOT
from tests.support.scraped import Scraped, ask, scrape
from tests.support.services import free_port


def count_everything() -> None:
    counting.stage_took(Stage.FETCH, 0.3)
    counting.picture_ended(JobState.DONE, Code.OK)
    counting.picture_ended(JobState.RETRY, Code.FETCH_TIMEOUT)
    counting.garment_found("blue")
    counting.garment_found(None)
    counting.lease_lost()
    counting.host_backoff_begun()
    counting.fetched(1000)
    counting.stored(500)
    counting.network_ran("pix2pix", 3)
    counting.notification_refused()
    counting.child_died("SIGKILL")
    counting.upload_message(applied=True)
    counting.upload_message(applied=False)
    counting.upload_event("added")


def rendered(metrics: ProcessMetrics) -> Scraped:
    body, content_type = metrics.render()
    assert content_type.startswith("text/plain; version=")
    return Scraped(body.decode())


@pytest.mark.parametrize("has_children", [False, True])
def test_everything_is_counted(has_children: bool) -> None:
    metrics = ProcessMetrics("worker", has_children=has_children)
    try:
        count_everything()
        found = rendered(metrics)
        assert found.value("colourway_pictures_total", outcome="done", code="ok") == 1
        assert found.value("colourway_retries_total", code="fetch_timeout") == 1
        assert found.value("colourway_garment_families_total", family="blue") == 1
        assert found.value("colourway_garment_families_total", family="none") == 1
        assert found.value("colourway_leases_lost_total") == 1
        assert found.value("colourway_host_backoffs_total") == 1
        assert found.value("colourway_fetched_bytes_total") == 1000
        assert found.value("colourway_stored_bytes_total") == 500
        assert found.value("colourway_network_batch_pictures_sum", network="pix2pix") == 3
        assert found.value("colourway_notifications_refused_total") == 1
        assert found.value("colourway_child_deaths_total", signal="SIGKILL") == 1
        bucket = "colourway_stage_duration_seconds_bucket"
        assert found.value(bucket, stage="fetch", le="0.25") == 0
        assert found.value(bucket, stage="fetch", le="0.5") == 1
        build = found.families["colourway_build_info"].samples[0]
        assert (build.labels["component"], build.labels["version"]) == (
            "worker",
            version("colourway"),
        )
    finally:
        metrics.close()


def test_a_listener_shows_uploads_and_nothing_that_it_can_never_raise() -> None:
    metrics = ProcessMetrics("listen")
    try:
        count_everything()
        found = rendered(metrics)
    finally:
        metrics.close()
    assert found.value("colourway_upload_messages_total", result="applied") == 1
    assert found.value("colourway_upload_messages_total", result="left") == 1
    assert found.value("colourway_upload_events_total", effect="added") == 1
    ours = {name for name in found.families if name.startswith("colourway_")}
    uploads = {"colourway_upload_messages", "colourway_upload_events"}
    assert ours == uploads | {"colourway_build_info"}


@pytest.mark.parametrize("has_children", [False, True])
def test_series_that_are_sure_to_come_begin_at_zero(has_children: bool) -> None:
    metrics = ProcessMetrics("worker", has_children=has_children)
    try:
        found = rendered(metrics)
        for stage in Stage:
            assert found.value("colourway_stage_duration_seconds_count", stage=stage.value) == 0
        for code in Code:
            assert found.value("colourway_retries_total", code=code.value) == 0
        assert found.value("colourway_leases_lost_total") == 0
        counting.expect_families(["blue", "red"])
        for family in ("blue", "red", "none"):
            assert rendered(metrics).value("colourway_garment_families_total", family=family) == 0
    finally:
        metrics.close()


@pytest.mark.parametrize("component", ["worker", "listen"])
def test_names_follow_the_rules_of_prometheus(component: str, promtool: str) -> None:
    metrics = ProcessMetrics(component)
    try:
        count_everything()
        body, _ = metrics.render()
    finally:
        metrics.close()
    checked = subprocess.run(
        [promtool, "check", "metrics"], input=body, capture_output=True, check=False
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_without_a_port_nothing_is_counted_or_imported() -> None:
    code = (
        "import sys; from tests.unit.shared.metrics.silent import run; run();"
        "sys.exit('prometheus_client' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


class Broken(Collector):
    def collect(self) -> list[object]:  # pyright: ignore[reportIncompatibleMethodOverride]
        raise RuntimeError("no figures today")


def test_metrics_that_cannot_be_had_are_told_and_the_next_scrape_goes_on() -> None:
    settings = get_settings(metrics_port=free_port())
    port = settings.metrics_port or 0
    with metrics_served(settings, "listen", {}, [Broken()]):
        with pytest.raises(OSError):
            ask(port, "/metrics")
        assert ask(port, "/healthz") == (200, "ok\n")
    with metrics_served(settings, "listen", {}):
        count_everything()
        assert scrape(port).value("colourway_upload_events_total", effect="added") == 1
    with pytest.raises(OSError):
        ask(port, "/healthz")
    count_everything()  # and that does nothing any more
