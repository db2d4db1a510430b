"""Drafts that are overtaken, by whatever happens to a picture before they are promoted."""

from functools import partial

from sqlalchemy import Engine, update

from producer.enqueue.enqueue import Again, Order, enqueue
from producer.reprocess import backfill as module
from producer.reprocess.backfill import Selection
from producer.reprocess.retry import retry
from producer.staged.changes import Change
from producer.staged.promotion import Moved, promote, rollback
from shared.contracts.jobs import JobState
from shared.database.models import Job
from shared.ledger.ledger import Ledger
from shared.ledger.reopening import Failures
from tests.support.catalogue.staged import (
    BLACK,
    GONE,
    NOBODY,
    SHOP,
    add_shop,
    batch,
    catalogue,
    compare,
    families,
    hold,
    hold_and_work,
    replace,
    staged_results,
    work,
)
from tests.support.catalogue.stored import pictures, product, url
from tests.support.rows import NAVY, RED, Clock

backfill = partial(module.backfill, max_attempts=3)
EVERYTHING = Selection()


def test_a_replaced_picture_overtakes_its_staged_result(engine: Engine, ledger: Ledger) -> None:
    add_shop(engine, ledger, {1: NAVY, 2: NAVY}, "old")
    batch_id = hold_and_work(engine, ledger, {1: BLACK, 2: BLACK}, "new")
    replace(engine, 1)  # and its job waits

    assert promote(engine, batch(engine, batch_id)) == Moved(2, 1, 1, overtaken=1)
    assert families(engine) == {"P1": "navy", "P2": "black"}
    work(ledger, {"1-new": RED}, "newest")
    assert promote(engine, batch(engine, batch_id)).pictures == 0
    assert rollback(engine, batch(engine, batch_id)) == Moved(2, 1, 1)
    assert families(engine) == {"P1": "red", "P2": "navy"}


def test_a_picture_replaced_while_its_held_job_is_in_work(engine: Engine, ledger: Ledger) -> None:
    add_shop(engine, ledger, {1: NAVY, 2: NAVY}, "old")
    batch_id = hold(engine).batch_id
    assert batch_id is not None
    claims = ledger.claim()
    assert [claim.staged_batch for claim in claims] == [batch_id] * 2
    replace(engine, 1)
    ledger.release(claims)

    assert work(ledger, {2: BLACK, "1-new": RED}, "new") == 2

    found = compare(engine, batch_id)
    assert (found.products, found.superseded) == ({Change.FAMILY: 1}, 1)
    assert [name for _, name, *_ in staged_results(engine)] == [url(2)]
    assert families(engine) == {"P1": "red", "P2": "navy"}


def test_an_ordinary_backfill_neither_waits_for_a_held_one_nor_is_undone_by_it(
    engine: Engine, ledger: Ledger
) -> None:
    add_shop(engine, ledger, {1: NAVY}, "old")
    batch_id = hold(engine).batch_id
    assert batch_id is not None
    (claim,) = ledger.claim()
    assert hold(engine).open == 1  # another staged one does wait

    done = backfill(engine, EVERYTHING)

    assert (done.jobs, done.open) == (1, 0)
    assert hold(engine).open == 1
    assert work(ledger, {1: RED}, "ordinary") == 1
    ledger.release([claim])
    assert ledger.claim() == []  # closed, for the picture has moved on
    assert families(engine) == {"P1": "red"}
    assert staged_results(engine) == []
    assert compare(engine, batch_id).superseded == 1


def test_an_ordinary_result_overtakes_and_survives_the_rollback(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    add_shop(engine, ledger, {1: NAVY, 2: NAVY, 3: NAVY}, "old")
    batch_id = hold_and_work(engine, ledger, {1: BLACK, 2: BLACK, 3: BLACK}, "new")
    promote(engine, batch(engine, batch_id))
    clock.pass_s(60)
    backfill(engine, EVERYTHING)
    work(ledger, {1: RED, 2: GONE, 3: NOBODY}, "newest")

    # The second and the third still show what was promoted: that goes, their endings stay.
    assert rollback(engine, batch(engine, batch_id)) == Moved(3, 2, 2, overtaken=1)

    assert families(engine) == {"P1": "red", "P2": "navy", "P3": "navy"}
    endings = [row["outcome"] for row in catalogue(engine) if "outcome" in row]
    assert endings == [JobState.DONE, JobState.FAILED, JobState.NO_PERSON]
    found = compare(engine, batch_id)
    assert found.products == {Change.OVERTAKEN: 3}
    assert promote(engine, batch(engine, batch_id)).pictures == 0


def test_a_held_job_that_is_opened_again_for_the_picture_itself(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    add_shop(engine, ledger, {1: NAVY, 2: NAVY}, "old")
    batch_id = hold_and_work(engine, ledger, {1: BLACK, 2: BLACK}, "new")
    with engine.begin() as connection:  # as asking whether a picture has changed does
        opened = update(Job).where(Job.batch_id == batch_id)
        connection.execute(opened.values(staged=False, state=JobState.PENDING, code=None))
    assert compare(engine, batch_id).products == {Change.FAMILY: 2}
    clock.pass_s(60)

    work(ledger, {1: RED, 2: GONE}, "newest")

    assert promote(engine, batch(engine, batch_id)) == Moved(2, 1, 1, overtaken=1)
    assert families(engine) == {"P1": "red", "P2": "black"}


def test_several_held_batches_on_the_same_pictures(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    add_shop(engine, ledger, {1: NAVY}, "old")
    first = hold_and_work(engine, ledger, {1: BLACK}, "first")
    clock.pass_s(60)
    second = hold_and_work(engine, ledger, {1: RED}, "second")
    assert compare(engine, first).changed == compare(engine, second).changed == 1

    promote(engine, batch(engine, first))
    assert families(engine) == {"P1": "black"}
    promote(engine, batch(engine, second))
    assert families(engine) == {"P1": "red"}
    assert compare(engine, first).products == {Change.OVERTAKEN: 1}
    assert rollback(engine, batch(engine, first)) == Moved(1, 0, 0, overtaken=1)
    assert rollback(engine, batch(engine, second)).pictures == 1
    assert families(engine) == {"P1": "black"}
    assert rollback(engine, batch(engine, first)).pictures == 1
    assert families(engine) == {"P1": "navy"}

    promote(engine, batch(engine, second))
    assert promote(engine, batch(engine, first)) == Moved(1, 0, 0, overtaken=1)  # it is older
    assert families(engine) == {"P1": "red"}


def test_a_held_failure_is_retried_as_held_and_is_no_failure_of_the_picture(
    engine: Engine, ledger: Ledger
) -> None:
    add_shop(engine, ledger, {1: NAVY, 2: GONE}, "old")
    batch_id = hold_and_work(engine, ledger, {1: GONE, 2: GONE}, "new")
    feed = [product("P1", 1), product("P2", 2)]

    again = enqueue(engine, feed, Order("shop", again=Again.FAILED, dry_run=True))
    assert (again.again, again.jobs) == (1, 1)  # the second, which has failed before it was staged

    assert retry(engine, Failures(batch_id=batch_id), 3) == {"fetch_not_found": 2}
    assert compare(engine, batch_id).jobs.left == 2
    work(ledger, {1: BLACK, 2: RED}, "again")
    assert families(engine) == {"P1": "navy", "P2": None}
    assert compare(engine, batch_id).products == {Change.FAMILY: 1, Change.ANSWERED: 1}


def test_enqueue_by_force_does_not_mistake_a_held_job_for_its_own(
    engine: Engine, ledger: Ledger
) -> None:
    add_shop(engine, ledger, {1: NAVY}, "old")
    hold(engine)
    assert pictures(engine) == {"P1": ["1@2"]}

    assert enqueue(engine, [product("P1", 1)], Order("shop", again=Again.ALL)).jobs == 1

    assert pictures(engine) == {"P1": ["1@3"]}
    assert work(ledger, {1: RED}, "forced") == 1
    assert families(engine) == {"P1": "red"}


def test_a_removed_picture_takes_its_staged_result_along(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2)], SHOP)
    work(ledger, {1: NAVY, 2: NAVY}, "old")
    batch_id = hold_and_work(engine, ledger, {1: BLACK, 2: BLACK}, "new")
    enqueue(engine, [product("A", 1)], SHOP)

    assert promote(engine, batch(engine, batch_id)) == Moved(1, 1, 1)
    assert families(engine) == {"A": "black"}
