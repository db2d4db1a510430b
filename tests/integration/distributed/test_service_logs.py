"""What a worker and a scheduler print: JSON alone, Celery's lines too, and nothing while idle."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from shared.contracts.jobs import JobState
from shared.queue.celery_app import DISPATCH, build_app
from shared.settings import Settings, get_settings
from tests.support.picture_server import PictureServer
from tests.support.programs import Environment, running
from tests.support.queue_process import WORKER, add_pictures, celery, rows

AT_START = {"Connected to ***", "celery@*** ready.", "schedule@*** ready.", "schedule"}
WORK = {"networks loading", "networks loaded", "pictures processed", "jobs dispatched"}
AT_END = {"worker: Warm shutdown (MainProcess)", "Restoring 1 unacknowledged message(s)"}


@pytest.fixture
def settings(postgres_url: str, redis_url: str, tmp_path: Path) -> Settings:
    return get_settings(
        database_url=postgres_url, broker_url=redis_url, home=tmp_path, max_attempts=1
    )


def lines(said: str) -> list[dict[str, Any]]:
    """Return all that was said; fail where a line is no JSON."""
    return [json.loads(line) for line in said.splitlines()]


def events(said: str) -> set[str]:
    """Return what was told, without names of this machine and this run; warnings left out."""
    found: set[str] = set()
    for line in lines(said):
        if line["level"] == "info":
            event = line["event"].partition(" to redis")[0]
            found.add(event if " to redis" not in line["event"] else "Connected to ***")
    return {
        f"{event.partition('@')[0]}@*** ready." if event.endswith(" ready.") else event
        for event in found
    }


def queued(broker: Any) -> int:
    with broker.connection_for_read() as connection:
        queue = broker.amqp.queues["dispatch"](connection.default_channel)
        return int(queue.queue_declare().message_count)


def test_a_worker_and_a_scheduler_tell_of_work_alone(
    settings: Settings, pg: Engine, server: PictureServer, tmp_path: Path
) -> None:
    environment: Environment = {
        "DATABASE_URL": settings.database_url,
        "CELERY_BROKER_URL": settings.broker_url,
        "COLOURWAY_LOG_FORMAT": "json",
    }
    broker = build_app(settings)
    with (
        running(environment, tmp_path / "schedule.log", "colourway", "schedule") as schedule,
        celery(settings, tmp_path, *WORKER) as worker,
    ):
        for _ in range(3):  # sweeps that find nothing
            broker.send_task(DISPATCH)
        worker.wait_for(lambda: queued(broker) == 0)
        add_pictures(pg, [server.url("/gone/1"), server.url("/gone/2")])
        # Beat asks for the sweep that finds them.
        worker.wait_for(lambda: [row[0] for row in rows(pg)] == [JobState.FAILED] * 2)
        assert worker.end() == 0
        assert schedule.terminate() == 0

    assert events(worker.said) <= AT_START | WORK | AT_END
    assert events(schedule.said) <= AT_START | AT_END
    (summary,) = [line for line in lines(worker.said) if line["event"] == "pictures processed"]
    assert summary["states"] == {"failed": 2}
    assert summary["failures"] == {"fetch_not_found": 2}
    assert list(summary["hosts"].values()) == [2]


def test_what_celery_says_of_signals_is_a_line_of_the_log(
    settings: Settings, tmp_path: Path
) -> None:
    with celery(settings, tmp_path, *WORKER) as worker:
        worker.child()
        assert worker.end(signal.SIGINT) == 1
    said = " ".join(line["event"] for line in lines(worker.said))
    assert "worker: Hitting Ctrl+C again will initiate cold shutdown" in said
