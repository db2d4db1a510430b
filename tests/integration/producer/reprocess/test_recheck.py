"""Finished pictures opened again to ask whether they have changed, on SQLite and PostgreSQL."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, Row, select, update

from producer.enqueue.enqueue import Again, Order, enqueue
from producer.reprocess import recheck as module
from producer.reprocess.backfill import Selection, backfill
from producer.reprocess.recheck import Stale, recheck
from shared.contracts.fingerprint import SourceFingerprint, Unchanged
from shared.contracts.jobs import Claim, JobState, Queue
from shared.contracts.stages import Code, Stage
from shared.database import id_ranges as pages
from shared.database.models import Catalogue, Job, Product, ProductImage, StagedResult
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.ledger.staged_results import is_overtaken
from tests.support.catalogue.stored import jobs, pictures, product, url
from tests.support.rows import NAVY, RED, Clock, result

SHOP = Order("shop", source="feed.csv")
GONE = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "status 404")
SLOW = StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "too slow", retry=True)
SEEN = SourceFingerprint("ab" * 32, etag='"v1"')
NOBODY = StageError(Stage.MASK, Code.NO_PERSON, "nobody", seen=SEEN)


@pytest.fixture
def shop(engine: Engine, ledger: Ledger) -> int:
    """A catalogue with pictures 1 (done), 2 (nobody in it) and 3 (not there); its id."""
    enqueue(engine, [product("A", 1, 2, 3)], SHOP)
    endings = {url(2): NOBODY, url(3): GONE}
    for claim in ledger.claim():
        if claim.url in endings:
            ledger.fail(claim, endings[claim.url])
        else:
            ledger.finish(claim, result(NAVY))
    return catalogue(engine)


def catalogue(engine: Engine, name: str = "shop") -> int:
    with engine.connect() as connection:
        return connection.scalars(select(Catalogue.id).where(Catalogue.name == name)).one()


def all_of(engine: Engine, model: Any) -> list[Row[Any]]:
    with engine.connect() as connection:
        return list(connection.execute(select(model.__table__).order_by(model.id)))


def by_url(claims: list[Claim]) -> dict[str, Claim]:
    return {claim.url: claim for claim in claims}


def stale(shop: int, clock: Clock, **options: Any) -> Stale:
    return Stale(shop, clock.now, **options)


def still(ledger: Ledger, claim: Claim, found: Unchanged) -> JobState | None:
    (outcome,) = ledger.unchanged([(claim, found)])
    return outcome


def unchanged(seen: SourceFingerprint = SEEN) -> Unchanged:
    return Unchanged(seen, {"fetch": 1.5})


def test_a_recheck_adds_no_job_and_what_stands_stands(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    products, images = all_of(engine, Product), all_of(engine, ProductImage)
    clock.pass_s(3600)

    assert recheck(engine, stale(shop, clock)) == 2

    rows = all_of(engine, Job)
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

    rows = all_of(engine, Job)
    assert [(row.state, row.code, row.recheck, row.finished_at) for row in rows[:2]] == [
        (JobState.DONE, Code.UNCHANGED, False, clock.now),
        (JobState.NO_PERSON, Code.UNCHANGED, False, clock.now),
    ]
    assert rows[0].timings_ms == {"fetch": 1.5}
    assert (rows[0].batch_id, rows[0].generation) == (1, 1)
    assert all_of(engine, Product) == products
    now = all_of(engine, ProductImage)
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

    (answer, *_) = all_of(engine, Product)
    assert (answer.colour_family, answer.enriched_at) == ("red", clock.now)
    assert pictures(engine) == {"A": ["1@2", "2@1", "3@1"]}  # another picture, so a new version
    (job, *_) = all_of(engine, Job)
    assert (job.state, job.code, job.recheck, job.generation) == (
        JobState.DONE,
        Code.OK,
        False,
        2,
    )
    (image, *_) = all_of(engine, ProductImage)
    assert (image.sha256, image.checked_at) == ("two".ljust(64, "0"), clock.now)
    assert not ledger.finish(claims[url(1)], result(NAVY))  # once


def test_a_recheck_that_fails_leaves_the_picture_alone_and_is_made_again_the_next_night(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    before = (all_of(engine, Product), all_of(engine, ProductImage))
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
    assert (all_of(engine, Product), all_of(engine, ProductImage)) == before
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


def test_what_is_to_be_done_again_is_never_answered_by_a_recheck(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    (working,) = ledger.claim(limit=1)

    done = backfill(engine, Selection(), 3)

    assert (done.jobs, done.open) == (3, 0)
    assert pictures(engine) == {"A": ["1@2", "2@2", "3@2"]}
    assert still(ledger, working, unchanged()) is None
    assert [row[2:4] for row in jobs(engine)[:3]] == [
        (JobState.FAILED, Code.SUPERSEDED),
        (JobState.FAILED, Code.SUPERSEDED),
        (JobState.FAILED, Code.FETCH_NOT_FOUND),
    ]
    assert [claim.known for claim in ledger.claim()] == [None] * 3


def test_force_does_not_take_a_recheck_for_a_job_that_waits(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    feed = [product("A", 1, 2, 3)]

    assert enqueue(engine, feed, Order("shop", again=Again.ALL)).again == 3
    assert [claim.known for claim in ledger.claim()] == [None] * 3


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
    products = all_of(engine, Product)
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))

    assert ledger.fail(by_url(ledger.claim())[url(1)], NOBODY) is JobState.NO_PERSON

    (image, *_) = all_of(engine, ProductImage)
    assert (image.outcome, image.generation, image.seen) == (JobState.NO_PERSON, 2, SEEN.to_json())
    assert image.sha256 == "one".ljust(64, "0")
    assert all_of(engine, Product) == products
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))
    assert by_url(ledger.claim())[url(1)].known == SEEN


# Beside staged backfills


@pytest.fixture
def staged(engine: Engine, ledger: Ledger, clock: Clock, shop: int) -> int:
    """A staged batch over the shop: picture 1 has a staged result, 2 failed, 3 shows nobody."""
    batch = backfill(engine, Selection(), 3, hold=True).batch_id
    assert batch is not None
    endings = {url(2): GONE, url(3): NOBODY}
    for claim in ledger.claim():
        if claim.url in endings:
            ledger.fail(claim, endings[claim.url])
        else:
            ledger.finish(claim, result(RED, name="red"))
    clock.pass_s(3600)
    return batch


def overtaken(engine: Engine) -> list[bool]:
    with engine.connect() as connection:
        query = select(is_overtaken()).select_from(StagedResult).order_by(StagedResult.image_id)
        return list(connection.scalars(query))


def test_pictures_with_a_staged_result_are_asked_about_by_what_is_shown(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int, staged: int
) -> None:
    assert recheck(engine, stale(shop, clock)) == 2  # not 3: that it was not there still stands
    claims = by_url(ledger.claim())
    assert claims[url(1)].known == SourceFingerprint("one".ljust(64, "0"))
    assert {claim.staged_batch for claim in claims.values()} == {None}

    assert still(ledger, claims[url(1)], unchanged()) is JobState.DONE
    assert still(ledger, claims[url(2)], unchanged()) is JobState.NO_PERSON
    assert overtaken(engine) == [False] * 3  # what is unchanged can still be promoted


def test_a_staged_result_of_a_picture_that_changed_is_overtaken(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int, staged: int
) -> None:
    recheck(engine, stale(shop, clock))
    assert ledger.finish(by_url(ledger.claim())[url(1)], result(NAVY, name="two"))

    assert overtaken(engine) == [True, False, False]
    (answer,) = all_of(engine, Product)
    assert answer.colour_family == "navy"


def test_a_held_backfill_takes_no_recheck_for_a_job_that_waits(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))

    assert backfill(engine, Selection(), 3, hold=True).jobs == 3
    assert [claim.known for claim in ledger.claim()] == [None] * 3
