"""What `colourway status` knows of workers: real ones, on PostgreSQL, and a run on SQLite."""

import json
import os
import signal
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import Engine, update
from structlog.testing import capture_logs

from producer.status.workers import at_work, print_workers
from shared.contracts.jobs import JobState
from shared.contracts.workers import FORGOTTEN_AFTER, LOST_AFTER, Activity
from shared.database.models import utc_now
from shared.database.worker_row import RunningWorker
from shared.ledger.ledger import Ledger
from shared.ledger.workers import read_workers
from shared.queue.celery_app import build_app, sweep
from shared.settings import Settings, get_settings
from tests.support.catalogue.shell import Shell, shell
from tests.support.picture_server import PictureServer
from tests.support.queue_process import WORKER, add_pictures, celery, rows
from worker.runtime.presence import Presence, WorkerIdentity

__all__ = ["shell"]  # a fixture


@pytest.fixture
def settings(postgres_url: str, redis_url: str, tmp_path: Path) -> Settings:
    return get_settings(
        database_url=postgres_url, broker_url=redis_url, home=tmp_path, fetch_timeout_s=20.0
    )


def workers(shell: Shell) -> list[dict[str, Any]]:
    said = shell.call("status", "--json")
    assert said.exit_code == 0, said.err
    return json.loads(said.out)["workers"]


def test_a_worker_is_there_while_it_runs_and_lost_when_it_was_killed(
    settings: Settings, pg: Engine, server: PictureServer, shell: Shell, tmp_path: Path
) -> None:
    shell.set(DATABASE_URL=settings.database_url, CELERY_BROKER_URL=settings.broker_url)
    ledger, broker = Ledger(pg, settings), build_app(settings)
    assert workers(shell) == []
    with celery(settings, tmp_path, *WORKER, "--hostname", "first@shop") as process:
        process.wait_for(lambda: len(workers(shell)) == 1)
        (idle,) = workers(shell)
        assert (idle["name"], idle["pid"]) == ("first@shop", process.popen.pid)
        assert (idle["activity"], idle["loaded"], idle["lost"]) == ("idle", False, False)
        assert idle["version"]

        add_pictures(pg, [server.url("/silent")])
        sweep(ledger, settings, broker)
        process.wait_for(lambda: rows(pg)[0][0] is JobState.LEASED)
        process.wait_for(lambda: workers(shell)[0]["loaded"])
        (busy,) = workers(shell)
        assert (busy["activity"], busy["jobs"]) == ("working", 1)
        assert busy["started_at"] == idle["started_at"]
        child = process.child()
        os.kill(process.popen.pid, signal.SIGKILL)
        child.wait(60)
    assert [each["lost"] for each in workers(shell)] == [False]
    age(pg, LOST_AFTER)
    assert [each["lost"] for each in workers(shell)] == [True]
    assert "lost: it said nothing for" in shell.call("status").out
    age(pg, FORGOTTEN_AFTER)
    assert workers(shell) == []


def age(engine: Engine, by: timedelta) -> None:
    """Let it be so long that the worker has said anything, and a second more."""
    with engine.begin() as connection:
        seen = utc_now() - by - timedelta(seconds=1)
        connection.execute(update(RunningWorker).values(seen_at=seen))


def test_one_that_ends_in_order_takes_leave(settings: Settings, pg: Engine, tmp_path: Path) -> None:
    with celery(settings, tmp_path, *WORKER) as process:
        process.wait_for(lambda: len(read_workers(pg, utc_now())) == 1)
        assert process.end() == 0
    assert read_workers(pg, utc_now()) == []


def test_a_run_on_this_machine_is_told_of_too(engine: Engine, database_url: str) -> None:
    presence = Presence(
        WorkerIdentity("run"), get_settings(database_url=database_url), lambda: 5, every_s=0.05
    )
    presence.start()
    presence.is_at(Activity.LOADING)
    wait_for(engine, "loading its networks, for 1 s")
    presence.is_at(Activity.WORKING, [])
    wait_for(engine, "working on 0 jobs, 5 pictures so far")
    presence.is_at(Activity.WAITING)
    wait_for(engine, "waiting for its store or decoders, for 1 s, 5 pictures so far")
    presence.is_at(Activity.IDLE)
    wait_for(engine, "idle, 5 pictures so far")
    (worker,) = read_workers(engine, utc_now())
    assert worker.pid == os.getpid()
    console = Console(record=True, width=200)
    print_workers([worker, replace(worker, loaded=False, pictures=0)], utc_now(), console)
    said = console.export_text()
    assert "idle; its networks load with the first job" in said
    assert f"{worker.host}:{worker.pid}" in said
    presence.end()
    assert read_workers(engine, utc_now()) == []


def wait_for(engine: Engine, words: str) -> None:
    deadline = time.monotonic() + 60
    said = ""
    while time.monotonic() < deadline:
        said = " ".join(at_work(worker, utc_now()) for worker in read_workers(engine, utc_now()))
        if said == words:
            return
        time.sleep(0.02)
    pytest.fail(f"it says {said!r}, not {words!r}")


def test_a_database_that_is_away_stops_nothing(tmp_path: Path) -> None:
    url = "postgresql://nobody:secret@127.0.0.1:1/none"
    presence = Presence(WorkerIdentity("run"), get_settings(database_url=url), lambda: 0)
    with capture_logs() as told:
        presence.write()
    (line,) = told
    assert (line["event"], line["log_level"]) == ("this worker could not be announced", "warning")
    assert "secret" not in repr(line)
