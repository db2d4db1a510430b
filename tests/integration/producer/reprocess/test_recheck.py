"""Finished pictures opened again to ask whether they have changed, on SQLite and PostgreSQL."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from producer.enqueue.enqueue import Order, enqueue
from producer.reprocess import recheck as module
from producer.reprocess.backfill import Selection, backfill
from producer.reprocess.recheck import Stale, recheck
from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.jobs import JobState, Queue
from shared.contracts.stages import Code, Stage
from shared.database import id_ranges as pages
from shared.database.models import Job, Product, ProductImage
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from tests.support.catalogue.rechecked import (
    GONE,
    NOBODY,
    SEEN,
    by_url,
    catalogue,
    shop,
    stale,
    still,
    unchanged,
)
from tests.support.catalogue.staged import SHOP
from tests.support.catalogue.stored import jobs, pictures, product, url
from tests.support.rows import NAVY, RED, Clock, everything, result

__all__ = ["shop"]  # a fixture

SLOW = StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "too slow", retry=True)


def test_a_recheck_adds_no_job_and_what_stands_stands(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    products, images = everything(engine, Product), everything(engine, ProductImage)
    clock.pass_s(3600)

    assert recheck(engine, stale(shop, clock)) == 2

    rows = everything(engine, Job)
    assert len(rows) == 3
    assert [(row.state, row.recheck, row.attempts, row.queue) for row in rows[:2]] == [
        (JobState.PENDING, True, 0, Queue.NIGHTLY)
    ] * 2
    assert rows[2].state is JobState.FAILED
    claims = by_url(ledger.claim())
    assert claims[url(1)].known == SourceFingerprint("one".ljust(64, "0"))
    assert claims[url(2)].known == SEEN
    again = SourceFingerprint("one".ljust(64, "0"), etag='"v2"')
    assert still(ledger, claims[url(1)], unchanged(again)) is JobState.DONE
    assert still(ledger, claims[url(2)], unchanged()) is JobState.NO_PERSON

    rows = everything(engine, Job)
    assert [(row.state, row.code, row.recheck, row.finished_at) for row in rows[:2]] == [
        (JobState.DONE, Code.UNCHANGED, False, clock.now),
        (JobState.NO_PERSON, Code.UNCHANGED, False, clock.now),
    ]
    assert rows[0].timings_ms == {"fetch": 1.5}
    assert (rows[0].batch_id, rows[0].generation) == (1, 1)
    assert everything(engine, Product) == products
    now = everything(engine, ProductImage)
    assert [row.checked_at for row in now[:2]] == [clock.now] * 2
    assert now[0].seen == again.to_json()
    assert (now[0].enriched_at, now[0].outcome, now[0].code, now[0].shades) == (
        images[0].enriched_at,
        JobState.DONE,
        Code.OK,
        images[0].shades,
    )
    assert now[2] == images[2]


def test_another_picture_under_the_same_url_replaces_the_result(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    claims = by_url(ledger.claim())

    assert ledger.finish(claims[url(1)], result(RED, name="two"))

    (answer, *_) = everything(engine, Product)
    assert (answer.colour_family, answer.enriched_at) == ("red", clock.now)
    assert pictures(engine) == {"A": ["1@2", "2@1", "3@1"]}  # another picture, so a new version
    (job, *_) = everything(engine, Job)
    assert (job.state, job.code, job.recheck, job.generation) == (
        JobState.DONE,
        Code.OK,
        False,
        2,
    )
    (image, *_) = everything(engine, ProductImage)
    assert (image.sha256, image.checked_at) == ("two".ljust(64, "0"), clock.now)
    assert not ledger.finish(claims[url(1)], result(NAVY))  # once


def test_a_recheck_that_fails_leaves_the_picture_alone_and_is_made_again_the_next_night(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    before = (everything(engine, Product), everything(engine, ProductImage))
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    claims = by_url(ledger.claim())

    assert ledger.fail(claims[url(1)], GONE) is JobState.FAILED
    for attempt in range(1, 4):
        expected = JobState.RETRY if attempt < 3 else JobState.QUARANTINED
        assert ledger.fail(claims[url(2)], SLOW) is expected
        clock.pass_s(3600)
        claims |= by_url(ledger.claim())

    assert [row[2:4] for row in jobs(engine)[:2]] == [
        (JobState.FAILED, Code.FETCH_NOT_FOUND),
        (JobState.QUARANTINED, Code.FETCH_TIMEOUT),
    ]
    assert (everything(engine, Product), everything(engine, ProductImage)) == before
    assert backfill(engine, Selection(missing=True), 3, dry_run=True).jobs == 1  # picture 3

    assert recheck(engine, stale(shop, clock)) == 2
    claims = by_url(ledger.claim())
    assert still(ledger, claims[url(1)], unchanged()) is JobState.DONE
    assert still(ledger, claims[url(2)], unchanged()) is JobState.NO_PERSON


def test_a_recheck_whose_workers_died_waits_for_somebody_to_look_at_it(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    (one, _) = ledger.claim()
    for _ in range(8):
        clock.pass_s(3600)
        ledger.claim()

    assert {row[2:4] for row in jobs(engine)[:2]} == {
        (JobState.QUARANTINED, Code.ATTEMPTS_EXHAUSTED)
    }
    assert recheck(engine, stale(shop, clock)) == 0
    assert still(ledger, one, unchanged()) is None


def test_only_what_nobody_has_asked_about_for_so_long(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    began = clock.now
    clock.pass_s(3600)

    assert recheck(engine, Stale(shop, began)) == 0
    assert recheck(engine, Stale(shop, began + timedelta(seconds=1)), limit=1) == 1
    (claim,) = ledger.claim()
    still(ledger, claim, unchanged())
    assert recheck(engine, Stale(shop, began + timedelta(seconds=1)), dry_run=True) == 1
    assert recheck(engine, Stale(shop, datetime.max.replace(tzinfo=began.tzinfo))) == 2


def test_results_of_older_versions_are_asked_about_by_their_bytes(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    with engine.begin() as connection:
        connection.execute(update(ProductImage).values(seen=None, checked_at=None))
    clock.pass_s(3600)

    assert recheck(engine, stale(shop, clock)) == 2
    claims = by_url(ledger.claim())
    assert claims[url(1)].known == SourceFingerprint("one".ljust(64, "0"))
    assert claims[url(2)].known == SourceFingerprint()  # nobody knows in what nobody was to be seen


def test_what_was_said_of_other_bytes_than_the_results_is_not_asked_by(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    with engine.begin() as connection:
        connection.execute(update(ProductImage).values(seen=SEEN.to_json()))
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))

    assert by_url(ledger.claim())[url(1)].known == SourceFingerprint("one".ljust(64, "0"))


def test_other_catalogues_and_other_folders_are_left_alone(
    engine: Engine, clock: Clock, shop: int, tmp_path: Path
) -> None:
    enqueue(engine, [product("A", 9)], Order("other"))
    here = f"{tmp_path.resolve().as_uri()}/a.jpg"
    with engine.begin() as connection:
        connection.execute(update(ProductImage).where(ProductImage.url == url(1)).values(url=here))
    clock.pass_s(3600)

    assert recheck(engine, stale(catalogue(engine, "other"), clock), dry_run=True) == 0
    assert recheck(engine, stale(shop, clock), dry_run=True) == 1
    assert recheck(engine, stale(shop, clock, folder=tmp_path / "b"), dry_run=True) == 1
    assert recheck(engine, stale(shop, clock, folder=tmp_path), dry_run=True) == 2


def test_a_walk_that_was_cut_short_goes_on(
    engine: Engine, ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "JOBS_AT_ONCE", 2)
    monkeypatch.setattr(pages.id_ranges, "__defaults__", (3,))
    enqueue(engine, [product(f"P{number}", number) for number in range(10)], SHOP)
    for claim in ledger.claim():
        ledger.finish(claim, result(NAVY))
    clock.pass_s(3600)
    these = stale(catalogue(engine), clock)

    def stop_there(opened: int) -> None:
        if opened >= 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recheck(engine, these, on_progress=stop_there)
    heard: list[int] = []
    assert recheck(engine, these, on_progress=heard.append) == 4
    assert heard == [0, 0, 3, 4]
    assert len(next(iter(module.pages(engine, these)))) == 0
    assert len(jobs(engine)) == 10


def test_a_picture_removed_meanwhile_harms_nobody(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    claims = by_url(ledger.claim())
    enqueue(engine, [product("A", 1)], SHOP)

    assert still(ledger, claims[url(2)], unchanged()) is None
    assert still(ledger, claims[url(1)], unchanged()) is JobState.DONE


def test_a_picture_that_now_shows_nobody_keeps_what_it_gave(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    products = everything(engine, Product)
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))

    assert ledger.fail(by_url(ledger.claim())[url(1)], NOBODY) is JobState.NO_PERSON

    (image, *_) = everything(engine, ProductImage)
    assert (image.outcome, image.generation, image.seen) == (JobState.NO_PERSON, 2, SEEN.to_json())
    assert image.sha256 == "one".ljust(64, "0")
    assert everything(engine, Product) == products
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    assert by_url(ledger.claim())[url(1)].known == SEEN
