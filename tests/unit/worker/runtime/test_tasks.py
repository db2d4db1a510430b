"""What the tasks of a process share, and what they do where something is missing."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import WorkerShutdown
from structlog.testing import capture_logs

import worker.runtime.runner  # noqa: F401 - so that no test times its import
from shared.database.engine import open_engine
from shared.errors import WeightsError
from shared.ledger.ledger import Ledger
from shared.queue.message import Notification
from shared.settings import Settings, get_settings
from tests.support.rows import add_product
from worker.runtime import tasks
from worker.runtime.tasks import Workplace


def test_a_process_that_may_fork_holds_neither_networks_nor_pictures() -> None:
    heavy = "{'tensorflow', 'keras', 'cv2'}"
    modules = "worker.runtime.celery_app, worker.commands.work"
    code = f"import sys, {modules}; print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"


def test_threads_load_the_networks_once() -> None:
    built: list[Settings] = []

    def build(settings: Settings) -> Any:
        built.append(settings)
        time.sleep(0.05)
        return object()

    workplace = Workplace(build)
    with ThreadPoolExecutor(4) as threads:
        pipelines = set(threads.map(lambda _: workplace.pipeline, range(8)))

    assert len(built) == len(pipelines) == 1


@pytest.mark.parametrize("error", [WeightsError("mask_rcnn: damaged"), ImportError("no keras")])
def test_a_worker_that_cannot_load_its_networks_ends_and_costs_no_attempt(
    error: Exception, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(settings: Settings) -> Any:
        raise error

    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setattr(tasks, "workplace", Workplace(build))
    engine = open_engine(sqlite_url)
    ids = add_product(engine, pictures=3)

    with pytest.raises(WorkerShutdown) as ending:
        tasks.process(Notification(tuple(ids)).to_message())

    assert ending.value.code == 1
    claims = Ledger(engine, get_settings()).claim(ids)
    assert [claim.attempts for claim in claims] == [1, 1, 1]
    engine.dispose()


@pytest.mark.parametrize(("limit_s", "told_of"), [(1.0, [1.0]), (60.0, [])])
def test_a_child_that_loads_for_too_long_says_what_for(
    limit_s: float, told_of: list[float], sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(settings: Settings) -> Any:
        time.sleep(1.5)
        raise WeightsError("so that it ends here")

    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setenv("COLOURWAY_LOADING_LIMIT_S", str(limit_s))
    workplace = Workplace(build)
    assert workplace.ledger  # so that only the networks take time
    monkeypatch.setattr(tasks, "workplace", workplace)
    with capture_logs() as told, pytest.raises(WorkerShutdown):
        tasks.process(Notification((1,)).to_message())
    said = [each for each in told if each["event"].startswith("loading took too long")]
    assert [each["limit_s"] for each in said] == told_of
    assert all(each["waited_for"] == "networks" for each in said)
    assert all("COLOURWAY_LOADING_LIMIT_S" in each["do"] for each in said)


def test_a_worker_without_its_schema_ends_in_one_line_before_it_loads_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(settings: Settings) -> Any:
        raise AssertionError("not for this")

    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/empty.db")
    for task in (lambda: tasks.process(Notification((1,)).to_message()), tasks.dispatch):
        monkeypatch.setattr(tasks, "workplace", Workplace(build))
        with capture_logs() as told, pytest.raises(WorkerShutdown) as ending:
            task()
        assert ending.value.code == 1
        assert [each["event"] for each in told] == ["the database does not fit; this worker stops"]
        assert "has no tables yet; `colourway run FEED` makes them" in told[0]["reason"]


@pytest.mark.parametrize(
    "message", [None, "no notification", {"v": 2, "job_ids": [1]}, {"v": 1}, []]
)
def test_what_is_no_notification_is_dropped_without_loading_anything(
    message: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    def build(settings: Settings) -> Any:
        raise AssertionError("not for this")

    monkeypatch.setattr(tasks, "workplace", Workplace(build))
    tasks.process(message)
