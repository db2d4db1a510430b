"""Rechecks beside backfills, staged or not, and beside a feed that has pictures done again."""

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.enqueue import Again, Order, enqueue
from producer.reprocess.backfill import Selection, backfill
from producer.reprocess.recheck import recheck
from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.jobs import JobState
from shared.contracts.stages import Code
from shared.database.models import Product, StagedResult
from shared.ledger.ledger import Ledger
from shared.ledger.staged_results import is_overtaken
from tests.support.catalogue.rechecked import GONE, NOBODY, by_url, shop, stale, still, unchanged
from tests.support.catalogue.stored import jobs, pictures, product, url
from tests.support.rows import NAVY, RED, Clock, everything, result

__all__ = ["shop"]  # a fixture


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
    (answer,) = everything(engine, Product)
    assert answer.colour_family == "navy"


def test_a_held_backfill_takes_no_recheck_for_a_job_that_waits(
    engine: Engine, ledger: Ledger, clock: Clock, shop: int
) -> None:
    clock.pass_s(3600)
    recheck(engine, stale(shop, clock))

    assert backfill(engine, Selection(), 3, hold=True).jobs == 3
    assert [claim.known for claim in ledger.claim()] == [None] * 3
