"""A worker's metrics: one port for both of its processes, right whatever becomes of the child."""

from pathlib import Path

import psutil
import pytest
from sqlalchemy import Engine, update

from shared.contracts.jobs import JobState
from shared.database.models import Job
from shared.ledger.ledger import Ledger
from shared.metrics.folder import PREFIX
from shared.queue.celery_app import PROCESS, build_app, sweep
from shared.settings import Settings, get_settings
from tests.support.picture_server import PictureServer
from tests.support.queue_process import Process, add_pictures, celery, rows
from tests.support.scraped import ask, scrape
from tests.support.services import free_port

POISON = ("--app", "tests.support.poison_worker", "worker", "--loglevel", "info")
ENDED = {JobState.FAILED, JobState.QUARANTINED}


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    chosen = free_port()
    monkeypatch.setenv("COLOURWAY_METRICS_PORT", str(chosen))
    return chosen


@pytest.fixture
def settings(redis_url: str, postgres_url: str, tmp_path: Path) -> Settings:
    return get_settings(
        broker_url=redis_url,
        database_url=postgres_url,
        home=tmp_path,
        chunk_size=4,
        fetch_threads=1,
        fetch_timeout_s=1.0,
        lease_s=4.0,
        max_attempts=2,
        backoff_s=0.1,
        redispatch_after_s=1.0,
        allowed_networks="127.0.0.0/8",
    )


def folder_of(process: Process) -> Path:
    """Where a worker and its children count: the parent keeps a lock in it open."""
    files = [Path(file.path) for file in psutil.Process(process.popen.pid).open_files()]
    (folder,) = {file.parent for file in files if file.parent.name.startswith(PREFIX)}
    return folder


def work_off(process: Process, ledger: Ledger, settings: Settings, pg: Engine) -> None:
    broker = build_app(settings)

    def all_ended() -> bool:
        sweep(ledger, settings, broker)
        return {state for state, _, _ in rows(pg)} <= ENDED

    process.wait_for(all_ended)


def test_counts_of_children_outlive_them(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path, port: int
) -> None:
    gone = server.url("/nothing")
    ledger = Ledger(pg, settings)
    add_pictures(pg, [gone, gone])
    with celery(settings, tmp_path, *POISON) as process:
        first = process.child()
        work_off(process, ledger, settings, pg)
        counted = scrape(port)
        assert (
            counted.value("colourway_pictures_total", outcome="failed", code="fetch_not_found") == 2
        )
        assert counted.value("colourway_stage_duration_seconds_count", stage="record") == 2
        assert counted.value("colourway_child_process_start_time_seconds") is not None

        add_pictures(pg, [f"{gone}?crash", gone])  # and that kills the child, twice
        work_off(process, ledger, settings, pg)
        counted = scrape(port)
        assert (
            counted.value("colourway_pictures_total", outcome="failed", code="fetch_not_found") == 3
        )
        assert counted.value("colourway_child_deaths_total", signal="SIGSEGV") == 2
        assert (
            counted.value(
                "colourway_pictures_total", outcome="quarantined", code="attempts_exhausted"
            )
            == 1
        )
        folder = folder_of(process)
        pids = {file.stem.rpartition("_")[2] for file in folder.glob("*.db")}
        assert pids <= {str(process.popen.pid), str(process.child().pid), "retired"}
        assert str(first.pid) not in pids

        process.child().kill()
        process.wait_for(
            lambda: scrape(port).value("colourway_child_deaths_total", signal="SIGKILL") == 1
        )
        assert process.end() == 0
    assert not folder.exists()


def test_what_is_not_a_picture_is_counted_too(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path, port: int
) -> None:
    ledger, broker = Ledger(pg, settings), build_app(settings)
    with celery(settings, tmp_path, "--app", "tests.support.queue_worker", "worker") as process:
        process.wait_for(lambda: answers(port))
        broker.send_task(PROCESS, args=["nonsense"], queue="nightly")
        process.wait_for(lambda: scrape(port).value("colourway_notifications_refused_total") == 1)

        (slow,) = add_pictures(pg, [server.url("/silent")])
        sweep(ledger, settings, broker)
        process.wait_for(lambda: rows(pg)[-1][0] is JobState.LEASED)
        with pg.begin() as connection:  # another worker has taken it over
            connection.execute(update(Job).where(Job.id == slow).values(lease_token="another"))
        process.wait_for(lambda: scrape(port).value("colourway_leases_lost_total") == 1)

        add_pictures(pg, [server.url("/status/429?retry_after=1")])
        sweep(ledger, settings, broker)
        process.wait_for(lambda: scrape(port).value("colourway_host_backoffs_total") == 1)
        process.wait_for(
            lambda: scrape(port).value("colourway_retries_total", code="fetch_throttled") == 1
        )
        assert process.end() == 0


def answers(port: int) -> bool:
    try:
        return ask(port, "/healthz") == (200, "ok\n")
    except OSError:
        return False
