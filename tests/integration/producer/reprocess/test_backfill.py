"""Choosing pictures to be done again, on SQLite and PostgreSQL alike."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Barrier

import pytest
from sqlalchemy import Engine, select, update

from producer.enqueue.enqueue import Again, Order, enqueue
from producer.reprocess import backfill as module
from producer.reprocess.backfill import Backfilled, Selection
from producer.reprocess.conditions import Condition
from producer.status.throughput import recent_pace
from shared.contracts.jobs import JobState, Trigger
from shared.database import id_ranges as pages
from shared.database.engine import open_engine
from shared.database.models import Batch, Catalogue, Job, ProductImage
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.stored import batches, jobs, pictures, product, url
from tests.support.catalogue.worked import SHOP, work
from tests.support.rows import NAVY, Clock, result

EVERYTHING = Selection()
backfill = partial(module.backfill, max_attempts=3)
MISSING = Selection(missing=True)
OLD = Selection(where=(Condition.parse("pipeline-version<8"),))  # tests' results are of 7


@pytest.fixture
def ledger(engine: Engine, database_url: str) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PICTURES_AT_ONCE", 2)
    monkeypatch.setattr(pages.id_ranges, "__defaults__", (3,))


def open_urls(engine: Engine) -> list[str]:
    return [row[0] for row in jobs(engine) if row[2] is JobState.PENDING]


def test_what_is_missing_is_done_again_and_nothing_else(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2), product("B", 3)], SHOP)
    work(ledger, failing=(url(2),), empty=(url(3),))
    enqueue(engine, [product("C", 4)], SHOP)  # waits already

    done = backfill(engine, MISSING, source="--missing")

    assert done == Backfilled(batch_id=done.batch_id, jobs=1, missing=1, open=1)
    assert pictures(engine) == {"A": ["1@1", "2@2"], "B": ["3@1"], "C": ["4@1"]}
    assert jobs(engine)[-1] == (url(2), 2, JobState.PENDING, None, done.batch_id)
    assert batches(engine)[:2] == [("shop", Trigger.MANUAL, "feed.csv")] * 2
    with engine.connect() as connection:
        row = connection.execute(select(Batch.__table__).where(Batch.id == done.batch_id)).one()
    assert (row.trigger, row.source, row.catalogue_id) == (Trigger.BACKFILL, "--missing", None)


def test_results_of_an_older_make_are_replaced(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2), product("B", 3)], SHOP)
    work(ledger, failing=(url(2),))
    assert backfill(engine, Selection(where=(Condition.parse("pipeline-version<7"),))).jobs == 0

    done = backfill(engine, OLD)

    assert (done.jobs, done.missing, done.open) == (2, 0, 0)
    assert open_urls(engine) == [url(1), url(3)]
    assert work(ledger) == 2


def test_missing_and_older_add_up_and_conditions_narrow_each_other(
    engine: Engine, ledger: Ledger
) -> None:
    enqueue(engine, [product("A", 1, 2), product("B", 3)], SHOP)
    work(ledger, failing=(url(2),))
    both = Selection(missing=True, where=OLD.where)
    neither = Selection(where=(*OLD.where, Condition.parse("weights.mask_rcnn!=abab")))

    assert backfill(engine, neither, dry_run=True).jobs == 0
    assert backfill(engine, both, dry_run=True) == Backfilled(jobs=3, missing=1)


def test_categories_and_a_catalogue_narrow_the_choice(engine: Engine, ledger: Ledger) -> None:
    shoes = product("B", 2, category="shoes")
    enqueue(engine, [product("A", 1, category="shirts"), shoes, product("C", 3)], SHOP)
    enqueue(engine, [product("A", 4, category="shoes")], Order("other"))
    work(ledger)
    with engine.connect() as connection:
        other = connection.scalar(select(Catalogue.id).where(Catalogue.name == "other"))

    of_two = Selection(categories=("shoes", "shirts"))
    assert backfill(engine, of_two, dry_run=True).jobs == 3
    done = backfill(engine, Selection(categories=("shoes",), catalogue_id=other))

    assert open_urls(engine) == [url(4)]
    assert batches(engine)[-1] == ("other", Trigger.BACKFILL, None)
    assert done.jobs == 1


def test_a_dry_run_changes_nothing(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2)], SHOP)
    work(ledger)
    before = (jobs(engine), pictures(engine), batches(engine))

    assert backfill(engine, EVERYTHING, dry_run=True) == Backfilled(jobs=2)

    assert (jobs(engine), pictures(engine), batches(engine)) == before


@pytest.mark.usefixtures("small_pages")
def test_page_by_page_up_to_the_limit_and_again_from_there(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product(f"P{number}", number) for number in range(20)], SHOP)
    work(ledger)
    heard: list[int] = []

    first = backfill(engine, EVERYTHING, limit=7, on_progress=lambda done: heard.append(done.jobs))
    assert (first.jobs, first.open) == (7, 0)
    assert open_urls(engine) == [url(number) for number in range(7)]
    assert heard == [3, 6]
    second = backfill(engine, EVERYTHING, limit=7)
    assert (second.jobs, second.open) == (7, 7)
    third = backfill(engine, EVERYTHING)
    assert (third.jobs, third.open) == (6, 14)
    assert open_urls(engine) == [url(number) for number in range(20)]
    assert len({row[4] for row in jobs(engine)[20:27]}) == 1  # one batch for each run


@pytest.mark.usefixtures("small_pages")
def test_one_that_was_cut_short_is_run_again(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product(f"P{number}", number) for number in range(10)], SHOP)
    work(ledger)

    def interrupt(_: Backfilled) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backfill(engine, OLD, on_progress=interrupt)
    assert len(open_urls(engine)) == 3
    assert backfill(engine, OLD) == Backfilled(batch_id=3, jobs=7, open=3)
    assert open_urls(engine) == [url(number) for number in range(10)]
    assert backfill(engine, OLD) == Backfilled(open=10)


@pytest.mark.usefixtures("small_pages")
def test_gaps_in_the_numbers_and_pictures_that_go_meanwhile(engine: Engine, ledger: Ledger) -> None:
    feed = [product(f"P{number}", number, f"{number}b") for number in range(10)]
    enqueue(engine, feed, SHOP)
    work(ledger)
    smaller = [product(f"P{number}", number) for number in range(10)]
    enqueue(engine, smaller, SHOP)  # every second picture goes

    done = backfill(engine, EVERYTHING)

    assert done.jobs == 10
    assert open_urls(engine) == [url(number) for number in range(10)]


def test_a_job_in_work_keeps_its_lease_and_its_result_counts(
    engine: Engine, ledger: Ledger
) -> None:
    enqueue(engine, [product("A", 1, 2)], SHOP)
    (first, second) = ledger.claim()
    assert ledger.finish(first, result(NAVY))

    assert backfill(engine, EVERYTHING) == Backfilled(batch_id=2, jobs=1, open=1)

    assert ledger.finish(second, result(NAVY))
    assert [row[:3] for row in jobs(engine)] == [
        (url(1), 1, JobState.DONE),
        (url(2), 1, JobState.DONE),
        (url(1), 2, JobState.PENDING),
    ]


def test_a_worker_frozen_past_its_lease_writes_nothing(
    engine: Engine, database_url: str, clock: Clock
) -> None:
    ledger = Ledger(engine, get_settings(database_url=database_url, max_attempts=1), clock)
    enqueue(engine, [product("A", 1)], SHOP)
    (frozen,) = ledger.claim()
    clock.pass_s(601)
    assert ledger.claim() == []  # quarantined, for its one attempt ended without an outcome
    assert backfill(engine, MISSING, max_attempts=1).jobs == 1

    assert ledger.finish(frozen, result(NAVY)) is False
    (again,) = ledger.claim()
    assert again.generation == 2
    assert ledger.finish(again, result(NAVY))


def test_a_picture_that_may_kill_its_worker_runs_alone(
    engine: Engine, database_url: str, clock: Clock
) -> None:
    ledger = Ledger(engine, get_settings(database_url=database_url, max_attempts=3), clock)
    enqueue(engine, [product("A", 1)], SHOP)
    for _ in range(4):
        ledger.claim()
        clock.pass_s(601)
    enqueue(engine, [product("B", 2)], SHOP)
    work(ledger, failing=(url(2),))

    assert backfill(engine, MISSING).jobs == 2

    assert [[claim.url for claim in ledger.claim()] for _ in range(2)] == [[url(2)], [url(1)]]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.mark.usefixtures("small_pages")
def test_backfills_and_an_enqueue_at_once_double_nothing(
    engine: Engine, ledger: Ledger, database_url: str
) -> None:
    feed = [product(f"P{number}", number, f"{number}b") for number in range(15)]
    enqueue(engine, feed, SHOP)
    work(ledger)
    start = Barrier(3)

    def fill() -> int:
        own = open_engine(database_url)
        start.wait(10)
        try:
            return backfill(own, EVERYTHING).jobs
        finally:
            own.dispose()

    def force() -> int:
        own = open_engine(database_url)
        start.wait(10)
        try:
            return enqueue(own, feed, Order("shop", again=Again.ALL)).jobs
        finally:
            own.dispose()

    with ThreadPoolExecutor(3) as pool:
        added = [pool.submit(each) for each in (fill, fill, force)]
        assert sum(each.result(60) for each in added) >= 30

    assert sorted(open_urls(engine)) == sorted(
        url(name) for number in range(15) for name in (number, f"{number}b")
    )
    assert work(ledger) == 30


def test_the_pace_of_recent_work(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product(f"P{number}", number) for number in range(40)], SHOP)
    assert recent_pace(engine) is None
    work(ledger)
    start = datetime(2026, 11, 24, tzinfo=UTC)
    with engine.begin() as connection:
        for number, job_id in enumerate(connection.scalars(select(Job.id).order_by(Job.id)).all()):
            at = start + timedelta(seconds=number / 2)
            connection.execute(update(Job).where(Job.id == job_id).values(finished_at=at))
    backfill(engine, EVERYTHING)

    pace = recent_pace(engine)

    assert pace is not None
    assert (pace.per_s, pace.pictures) == (2.0, 39)
    assert pace.until == start + timedelta(seconds=19.5)


def test_pictures_that_never_had_a_job_get_one(engine: Engine) -> None:
    enqueue(engine, [product("A", 1)], SHOP)
    with engine.begin() as connection:
        connection.execute(Job.__table__.delete())
        assert connection.scalar(select(ProductImage.outcome)) is None

    assert backfill(engine, MISSING).jobs == 1
    assert open_urls(engine) == [url(1)]
