"""`colourway schedule`: beat and nightly runs, on a real Redis and a real RabbitMQ."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from producer.commands.schedule import remember
from producer.nightly.run import last_night
from shared.contracts.jobs import Queue
from shared.database.models import Catalogue, Job, utc_now
from shared.queue.celery_app import NIGHTLY, build_app, queue_depths
from shared.settings import get_settings
from tests.support.programs import Environment, Running, deadline, running

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
NIGHTLY_RUN, LEFT_OUT = "nightly run ends", "nightly run skipped"


def wait_for(part: Running, event: str, times: int) -> list[dict[str, Any]]:
    """Return the records of an event once there are so many."""
    for _ in deadline():
        part.check_alive()
        if len(part.records(event)) >= times:
            break
    return part.records(event)


@pytest.mark.parametrize("kind", ["redis", "rabbitmq"])
def test_a_missed_night_is_made_up_for_and_a_night_can_be_asked_for(
    kind: str, pg: Engine, postgres_url: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    broker_url = request.getfixturevalue(f"{kind}_url")
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image\nA,https://a.example/1.jpg\n")
    tomorrow = utc_now() + timedelta(days=1)
    environment: Environment = {
        "DATABASE_URL": postgres_url,
        "CELERY_BROKER_URL": broker_url,
        "COLOURWAY_NIGHTLY_CRON": f"{tomorrow.minute} {tomorrow.hour} * * *",  # not for a day
        "COLOURWAY_NIGHTLY_FEED": str(feed),
        "COLOURWAY_LOG_FORMAT": "json",
    }
    with pg.begin() as connection:
        long_ago = utc_now() - timedelta(days=3)
        connection.execute(insert(Catalogue).values(name="default", nightly_at=long_ago))
    broker = build_app(get_settings(broker_url=broker_url))

    with running(environment, tmp_path / "log", "colourway", "schedule") as schedule:
        (first,) = wait_for(schedule, NIGHTLY_RUN, 1)
        assert (first["jobs"], first["rechecks"], first["dispatched"]) == (1, 0, 1)
        assert [record["missed_one"] for record in schedule.records("schedule")] == [True]
        last = last_night(pg, "default")
        assert last is not None
        assert utc_now() - last < timedelta(minutes=10)

        feed.write_text("sku,image\nA,https://a.example/1.jpg\nB,https://a.example/2.jpg\n")
        broker.send_task(NIGHTLY)
        second = wait_for(schedule, NIGHTLY_RUN, 2)[1]
        assert (second["jobs"], second["dispatched"]) == (1, 1)
        assert schedule.terminate() == 0

    with pg.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Job)) == 2
    assert queue_depths(broker)[Queue.NIGHTLY] == 2


def test_a_missed_night_is_known_by_the_last_one() -> None:
    app = build_app(get_settings(nightly_cron="0 3 * * *"))
    tonight = "2026-11-26T03:00:00+00:00"

    told = remember(app, None, NOON)  # there never was one: the first comes at its hour
    assert told["missed_one"] is False
    assert app.conf.beat_schedule["nightly"]["last_run_at"] is None

    this_morning = NOON.replace(hour=3, minute=1)
    assert remember(app, this_morning, NOON) == {"nightly": tonight, "missed_one": False}
    assert app.conf.beat_schedule["nightly"]["last_run_at"] == this_morning

    told = remember(app, this_morning - timedelta(days=1), NOON)
    assert told == {"nightly": NOON.isoformat(), "missed_one": True}
    assert remember(build_app(get_settings()), None, NOON) == {
        "nightly": "off; set COLOURWAY_NIGHTLY_CRON"
    }
