"""What the ledger says of itself as metrics, on both databases."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError
from prometheus_client.core import Metric
from sqlalchemy import Engine, delete, update

from producer.enqueue.enqueue import Order, enqueue
from producer.status.gauges import LedgerGauges
from shared.contracts.jobs import Queue, Trigger
from shared.contracts.stages import Code, Stage
from shared.contracts.workers import Activity, WorkerState
from shared.database.models import Batch, HostBackoff, Job, utc_now
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.ledger.workers import announce
from shared.settings import Settings, get_settings
from tests.support.catalogue.stored import product
from tests.support.rows import NAVY, result

DEPTHS = {Queue.UPLOADS: 0, Queue.NIGHTLY: 3, Queue.BACKFILL: 7}
GONE = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone")
SLOW = StageError(Stage.FETCH, Code.FETCH_SERVER_ERROR, "500", retry=True)


@pytest.fixture
def settings(database_url: str) -> Settings:
    return get_settings(database_url=database_url, backoff_s=60.0)


@pytest.fixture
def ledger(engine: Engine, settings: Settings) -> Ledger:
    return Ledger(engine, settings)


def depths() -> Mapping[Queue, int]:
    return DEPTHS


def asked(settings: Settings) -> dict[str, dict[tuple[str, ...], float]]:
    """Return the value of each series by the values of its labels, by the name of the metric."""
    found: list[Metric] = list(LedgerGauges(settings, depths).collect())
    return {
        metric.name: {tuple(sample.labels.values()): sample.value for sample in metric.samples}
        for metric in found
    }


def add(engine: Engine, count: int, trigger: Trigger) -> None:
    products = [product(f"{trigger}{n}", f"{trigger}{n}") for n in range(count)]
    enqueue(engine, products, Order("shop", source=f"{trigger}.csv", trigger=trigger))


def wait(engine: Engine, trigger: Trigger, seconds: float) -> None:
    """Let a batch and its jobs be that much older."""
    then = utc_now() - timedelta(seconds=seconds)
    with engine.begin() as connection:
        connection.execute(update(Batch).where(Batch.trigger == trigger).values(created_at=then))
        connection.execute(update(Job).where(Job.queue == trigger.queue).values(created_at=then))


def test_an_empty_ledger(settings: Settings, ledger: Ledger) -> None:
    found = asked(settings)
    assert found["colourway_ledger_up"] == found["colourway_broker_up"] == {(): 1}
    assert len(found["colourway_jobs"]) == len(Queue) * 7
    assert set(found["colourway_jobs"].values()) == {0}
    nothing_waits = {(queue.value,): 0.0 for queue in Queue}
    assert found["colourway_oldest_due_job_age_seconds"] == nothing_waits
    assert found["colourway_hosts_in_backoff"] == {(): 0}
    assert found["colourway_notifications_waiting"] == {
        ("uploads",): 0,
        ("nightly",): 3,
        ("backfill",): 7,
    }


def test_jobs_by_queue_and_state(engine: Engine, settings: Settings, ledger: Ledger) -> None:
    add(engine, 5, Trigger.NIGHTLY)
    done, gone, again, _ = ledger.claim(limit=4)
    assert ledger.finish(done, result(NAVY))
    ledger.fail(gone, GONE)
    ledger.fail(again, SLOW)
    add(engine, 2, Trigger.UPLOAD)
    counted = {key: jobs for key, jobs in asked(settings)["colourway_jobs"].items() if jobs}
    assert counted == {
        ("nightly", "done"): 1,
        ("nightly", "failed"): 1,
        ("nightly", "retry"): 1,
        ("nightly", "leased"): 1,
        ("nightly", "pending"): 1,
        ("uploads", "pending"): 2,
    }
    with engine.begin() as connection:
        connection.execute(delete(Batch).where(Batch.trigger == Trigger.UPLOAD))
    assert asked(settings)["colourway_jobs"]["unknown", "pending"] == 2


def test_the_oldest_due_job(engine: Engine, settings: Settings, ledger: Ledger) -> None:
    def ages() -> list[float]:
        found = asked(settings)["colourway_oldest_due_job_age_seconds"]
        return [round(found[queue.value,] / 10) * 10.0 for queue in Queue]

    add(engine, 1, Trigger.NIGHTLY)
    add(engine, 2, Trigger.UPLOAD)
    wait(engine, Trigger.NIGHTLY, 500)
    wait(engine, Trigger.UPLOAD, 90)
    assert ages() == [90, 500, 0]

    claims = ledger.claim()
    assert len(claims) == 3
    assert ages() == [0, 0, 0]  # all of them are being worked on

    with engine.begin() as connection:  # and one of the workers has died
        ran_out = utc_now() - timedelta(seconds=40)
        nightly = Job.queue == Queue.NIGHTLY
        connection.execute(update(Job).where(nightly).values(lease_until=ran_out))
    assert ages() == [0, 40, 0]

    upload = next(claim for claim in claims if claim.sku.startswith("upload"))
    ledger.fail(upload, SLOW)
    assert ages() == [0, 40, 0]  # it must wait before it is due
    with engine.begin() as connection:
        since = utc_now() - timedelta(seconds=70)
        connection.execute(update(Job).where(Job.id == upload.job_id).values(next_attempt_at=since))
    assert ages() == [70, 40, 0]


def test_hosts_in_backoff(engine: Engine, settings: Settings, ledger: Ledger) -> None:
    now = utc_now()
    with engine.begin() as connection:
        for host, seconds in {"over.example": -5, "a.example": 60, "b.example": 5}.items():
            ends_at = now + timedelta(seconds=seconds)
            row = HostBackoff(host=host, began_at=now, ends_at=ends_at)
            connection.execute(
                HostBackoff.__table__.insert().values(  # pyright: ignore[reportAttributeAccessIssue]
                    host=row.host, began_at=row.began_at, ends_at=row.ends_at
                )
            )
    assert asked(settings)["colourway_hosts_in_backoff"] == {(): 2}


def test_what_is_away_is_told_and_costs_no_other_figure(settings: Settings, ledger: Ledger) -> None:
    def away() -> Mapping[Queue, int]:
        raise OperationalError("connection refused")

    metrics = {each.name: each for each in LedgerGauges(settings, away).collect()}
    assert metrics["colourway_broker_up"].samples[0].value == 0
    assert metrics["colourway_ledger_up"].samples[0].value == 1
    assert "colourway_notifications_waiting" not in metrics
    assert "colourway_jobs" in metrics

    nowhere = get_settings(database_url="postgresql://nobody@127.0.0.1:1/nothing")
    metrics = {each.name: each for each in LedgerGauges(nowhere, depths).collect()}
    assert metrics["colourway_ledger_up"].samples[0].value == 0
    assert "colourway_jobs" not in metrics


def test_the_ledger_is_asked_at_a_bounded_rate(settings: Settings, ledger: Ledger) -> None:
    asked_for: list[None] = []

    def counting() -> Mapping[Queue, int]:
        asked_for.append(None)
        return DEPTHS

    gauges = LedgerGauges(settings, counting, every_s=60)
    answers = [list(gauges.collect()) for _ in range(5)]
    assert len(asked_for) == 1
    assert all(answer == answers[0] for answer in answers)
    often = LedgerGauges(settings, counting, every_s=0)
    list(often.collect())
    list(often.collect())
    assert len(asked_for) == 3


def test_workers_by_what_they_are_at(engine: Engine, settings: Settings) -> None:
    now = utc_now()
    first = WorkerState(
        host="one",
        pid=7,
        name="celery@one",
        version="0.1.0",
        started_at=now,
        seen_at=now,
        activity=Activity.LOADING,
        since=now,
        loaded=False,
        pictures=0,
    )
    announce(engine, first)
    announce(engine, replace(first, pid=8))  # another of the same name
    announce(engine, replace(first, host="two", activity=Activity.WORKING))
    announce(engine, replace(first, host="three", seen_at=now - timedelta(minutes=4)))
    found = asked(settings)
    counted = {state: count for (state,), count in found["colourway_workers"].items()}
    assert counted == {"idle": 0, "loading": 2, "working": 1, "waiting": 0, "lost": 1}
    assert found["colourway_worker_info"] == {
        ("celery@one", "one", "0.1.0"): 1,
        ("celery@one", "two", "0.1.0"): 1,
    }
