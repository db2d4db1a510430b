"""Held backfills: what they leave alone, what their diff says, and the way in and out again."""

from functools import partial

import pytest
from sqlalchemy import Engine

from producer import backfill as module
from producer import drafted, promotion
from producer.backfill import Selection
from producer.diff import Change, Pair, Wanted
from producer.enqueue import Again, Order, enqueue
from producer.promotion import Moved, PromotionRefused, promote, require_promotable, rollback
from producer.retry import retry
from shared.contracts import Code, Hold, JobState
from shared.errors import SettingsError
from shared.ledger import Ledger
from shared.reopening import Failures
from shared.settings import get_settings
from tests.integration.producer.held import (
    BLACK,
    GONE,
    NIGHT,
    NOBODY,
    SHOP,
    add_shop,
    batch,
    catalogue,
    compare,
    drafts,
    families,
    hold,
    hold_and_work,
    work,
)
from tests.integration.producer.stored import jobs, pictures, product, url
from tests.integration.shared.rows import NAVY, RED, Clock

backfill = partial(module.backfill, max_attempts=3)
EVERYTHING = Selection()

BEFORE = {1: NAVY, 2: NAVY, 3: NAVY, 4: GONE, 5: RED, 6: RED, 7: NAVY, 8: NAVY, 9: NAVY}
AFTER = {1: NAVY, 2: NIGHT, 3: BLACK, 4: RED, 5: None, 6: GONE, 7: NOBODY, 8: BLACK, 9: BLACK}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(engine: Engine, database_url: str, clock: Clock) -> Ledger:
    return Ledger(engine, get_settings(database_url=database_url), clock)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafted.product_pages, "__defaults__", (2,))


def replace(engine: Engine, *names: object) -> None:
    """Give products another picture, with the feed of the next day."""
    enqueue(engine, [product(f"P{name}", f"{name}-new") for name in names], Order("shop", limit=99))


def test_products_stay_as_they_are(engine: Engine, ledger: Ledger, clock: Clock) -> None:
    add_shop(engine, ledger, BEFORE, "old")
    before = catalogue(engine)
    clock.pass_s(60)

    held = hold(engine)
    assert catalogue(engine) == before
    assert work(ledger, AFTER, "new") == held.jobs == 9

    assert catalogue(engine) == before
    outcomes = [(name, outcome) for _, name, _, outcome, _ in drafts(engine)]
    assert outcomes == [
        *((url(number), JobState.DONE) for number in (1, 2, 3, 4, 5)),
        (url(6), JobState.FAILED),
        (url(7), JobState.NO_PERSON),
        *((url(number), JobState.DONE) for number in (8, 9)),
    ]


@pytest.mark.usefixtures("small_pages")
def test_the_diff_counts_every_product_once(engine: Engine, ledger: Ledger) -> None:
    add_shop(engine, ledger, BEFORE, "old")
    batch_id = hold_and_work(engine, ledger, AFTER, "new")
    replace(engine, 8)
    before = (catalogue(engine), drafts(engine), jobs(engine))

    found = compare(engine, batch_id, Wanted(examples=1))

    assert (catalogue(engine), drafts(engine), jobs(engine)) == before
    assert found.products == {
        Change.UNCHANGED: 1,
        Change.SHADE: 1,
        Change.FAMILY: 2,
        Change.ANSWERED: 1,
        Change.LOST: 1,
        Change.FAILED: 2,
        Change.OVERTAKEN: 1,
    }
    assert (found.compared, found.changed, found.changed_percent) == (5, 3, 60.0)
    assert found.pairs == {
        Pair(Change.UNCHANGED, "navy", "navy"): 1,
        Pair(Change.SHADE, "navy", "navy"): 1,
        Pair(Change.FAMILY, "navy", "black"): 2,
        Pair(Change.ANSWERED, None, "red"): 1,
        Pair(Change.LOST, "red", None): 1,
        Pair(Change.FAILED, "red", "red"): 1,
        Pair(Change.FAILED, "navy", "navy"): 1,
        Pair(Change.OVERTAKEN, "navy", "navy"): 1,
    }
    assert (found.pictures, found.overtaken, found.promoted) == (6, 1, 0)
    assert found.codes == {Code.FETCH_NOT_FOUND: 1, Code.NO_PERSON: 1}
    assert (found.jobs.done, found.jobs.failed, found.jobs.left, found.superseded) == (8, 1, 0, 0)
    assert [len(examples) for examples in found.examples.values()] == [1] * 7
    (example,) = found.examples[Pair(Change.FAMILY, "navy", "black")]
    assert example.sku in ("P3", "P9")
    assert example.before is not None
    assert example.after is not None
    assert (example.before.colour, example.after.colour) == (NAVY, BLACK)


def test_a_category_or_a_limit_narrow_the_diff(engine: Engine, ledger: Ledger) -> None:
    feed = [product(f"P{number}", number, category=f"c{number % 2}") for number in range(6)]
    enqueue(engine, feed, SHOP)
    work(ledger, dict.fromkeys(range(6), NAVY), "old")
    batch_id = hold_and_work(engine, ledger, dict.fromkeys(range(6), BLACK), "new")

    assert compare(engine, batch_id, Wanted(("c1",))).products == {Change.FAMILY: 3}
    assert compare(engine, batch_id, Wanted(("c1", "c0"), limit=4)).products.total() == 4
    assert compare(engine, batch_id, Wanted(("c2",))).products.total() == 0


@pytest.mark.usefixtures("small_pages")
def test_in_and_out_again(engine: Engine, ledger: Ledger, clock: Clock) -> None:
    add_shop(engine, ledger, BEFORE, "old")
    before, timeless = catalogue(engine), catalogue(engine, times=False)
    clock.pass_s(60)
    batch_id = hold_and_work(engine, ledger, AFTER, "new")
    foreseen = compare(engine, batch_id)
    clock.pass_s(60)

    moved = promote(engine, batch(engine, batch_id), clock=clock)

    assert moved == Moved(seen=9, products=7, pictures=7)
    assert batch(engine, batch_id).hold is Hold.PROMOTED
    assert list(families(engine).values()) == [
        *("navy", "navy", "black", "red", None, "red", "navy", "black", "black")
    ]
    then = compare(engine, batch_id)
    assert (then.pairs, then.changed_percent) == (foreseen.pairs, foreseen.changed_percent)
    assert then.promoted == 7
    by_sku = {row["sku"]: row for row in catalogue(engine) if "sku" in row}
    assert by_sku["P3"]["colours"] == [BLACK.to_json()]
    assert by_sku["P3"]["crop_key"] == "new3/crop.jpg"
    assert by_sku["P3"]["enriched_at"] == clock.now
    assert [row for row in catalogue(engine) if row.get("sku") in ("P6", "P7")] == [
        row for row in before if row.get("sku") in ("P6", "P7")
    ]
    assert promote(engine, batch(engine, batch_id)).pictures == 0

    clock.pass_s(60)
    assert rollback(engine, batch(engine, batch_id), clock=clock) == Moved(9, 7, 7)
    assert catalogue(engine, times=False) == timeless
    assert batch(engine, batch_id).hold is Hold.ROLLED_BACK
    assert compare(engine, batch_id).pairs == foreseen.pairs
    assert rollback(engine, batch(engine, batch_id)).pictures == 0

    assert promote(engine, batch(engine, batch_id)).pictures == 7  # and in once more


def test_promoted_pictures_are_as_if_they_had_never_been_held(
    engine: Engine, ledger: Ledger, clock: Clock
) -> None:
    found = {number: each for number, each in AFTER.items() if number not in (6, 7)}
    add_shop(engine, ledger, {number: BEFORE[number] for number in found}, "old")
    batch_id = hold_and_work(engine, ledger, found, "new")
    promote(engine, batch(engine, batch_id), clock=clock)
    promoted = catalogue(engine)
    rollback(engine, batch(engine, batch_id))

    assert backfill(engine, EVERYTHING).jobs == 7
    work(ledger, found, "new")

    assert catalogue(engine) == promoted


def test_the_answer_follows_from_all_pictures(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2, 3)], SHOP)
    work(ledger, {1: None, 2: NAVY, 3: NAVY}, "old")
    before = catalogue(engine, times=False)
    batch_id = hold_and_work(engine, ledger, {1: RED, 2: GONE, 3: BLACK}, "new")

    assert compare(engine, batch_id).pairs == {Pair(Change.FAMILY, "navy", "red"): 1}
    promote(engine, batch(engine, batch_id))

    (row,) = (row for row in catalogue(engine) if "sku" in row)
    # The second picture keeps its navy, and the third is black now: two witnesses against red.
    assert (row["colour_family"], row["confidence"]) == ("red", 0.5 * 0.875 * 0.875)
    rollback(engine, batch(engine, batch_id))
    assert catalogue(engine, times=False) == before


@pytest.mark.usefixtures("small_pages")
def test_cut_short_it_is_run_again(
    engine: Engine, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, black = dict.fromkeys(range(7), NAVY), dict.fromkeys(range(7), BLACK)
    add_shop(engine, ledger, shop, "old")
    before = catalogue(engine, times=False)
    batch_id = hold_and_work(engine, ledger, black, "new")
    foreseen = compare(engine, batch_id)

    def stop_between(moved: Moved) -> None:
        if moved.products == 4:
            raise KeyboardInterrupt

    def stop_within(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        promote(engine, batch(engine, batch_id), stop_between)
    with monkeypatch.context() as patch:
        patch.setattr(promotion, "_write_products", stop_within)
        with pytest.raises(KeyboardInterrupt):
            promote(engine, batch(engine, batch_id))

    assert list(families(engine).values()) == ["black"] * 4 + ["navy"] * 3
    halfway = compare(engine, batch_id)
    assert (halfway.batch.hold, halfway.promoted) == (Hold.PROMOTING, 4)
    assert (halfway.pairs, halfway.changed_percent) == (foreseen.pairs, 100.0)
    assert promote(engine, batch(engine, batch_id)).pictures == 3
    assert set(families(engine).values()) == {"black"}

    with pytest.raises(KeyboardInterrupt):
        rollback(engine, batch(engine, batch_id), stop_between)
    assert list(families(engine).values()) == ["navy"] * 4 + ["black"] * 3
    assert batch(engine, batch_id).hold is Hold.ROLLING_BACK
    assert rollback(engine, batch(engine, batch_id)).pictures == 3
    assert catalogue(engine, times=False) == before


@pytest.mark.usefixtures("small_pages")
def test_who_turns_a_batch_round_stops_the_other(engine: Engine, ledger: Ledger) -> None:
    shop, black = dict.fromkeys(range(5), NAVY), dict.fromkeys(range(5), BLACK)
    add_shop(engine, ledger, shop, "old")
    before = catalogue(engine, times=False)
    batch_id = hold_and_work(engine, ledger, black, "new")

    def turn_round(moved: Moved) -> None:
        if moved.products == 2:
            rollback(engine, batch(engine, batch_id))

    with pytest.raises(PromotionRefused, match=r"somebody else has turned to batch .* rolled back"):
        promote(engine, batch(engine, batch_id), turn_round)
    assert catalogue(engine, times=False) == before


def test_a_replaced_picture_overtakes_its_draft(engine: Engine, ledger: Ledger) -> None:
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
    assert [claim.held_batch for claim in claims] == [batch_id] * 2
    replace(engine, 1)
    ledger.release(claims)

    assert work(ledger, {2: BLACK, "1-new": RED}, "new") == 2

    found = compare(engine, batch_id)
    assert (found.products, found.superseded) == ({Change.FAMILY: 1}, 1)
    assert [name for _, name, *_ in drafts(engine)] == [url(2)]
    assert families(engine) == {"P1": "red", "P2": "navy"}


def test_an_ordinary_backfill_neither_waits_for_a_held_one_nor_is_undone_by_it(
    engine: Engine, ledger: Ledger
) -> None:
    add_shop(engine, ledger, {1: NAVY}, "old")
    batch_id = hold(engine).batch_id
    assert batch_id is not None
    (claim,) = ledger.claim()
    assert hold(engine).open == 1  # another held one does wait

    done = backfill(engine, EVERYTHING)

    assert (done.jobs, done.open) == (1, 0)
    assert hold(engine).open == 1
    assert work(ledger, {1: RED}, "ordinary") == 1
    ledger.release([claim])
    assert ledger.claim() == []  # closed, for the picture has moved on
    assert families(engine) == {"P1": "red"}
    assert drafts(engine) == []
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
    assert (again.again, again.jobs) == (1, 1)  # the second, which has failed before it was held

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


def test_a_removed_picture_takes_its_draft_along(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2)], SHOP)
    work(ledger, {1: NAVY, 2: NAVY}, "old")
    batch_id = hold_and_work(engine, ledger, {1: BLACK, 2: BLACK}, "new")
    enqueue(engine, [product("A", 1)], SHOP)

    assert promote(engine, batch(engine, batch_id)) == Moved(1, 1, 1)
    assert families(engine) == {"A": "black"}


def test_what_is_left_or_changes_too_much_is_refused(engine: Engine, ledger: Ledger) -> None:
    add_shop(engine, ledger, dict.fromkeys(range(4), NAVY), "old")
    batch_id = hold(engine).batch_id
    assert batch_id is not None
    (first, *others) = ledger.claim()
    ledger.release(others)
    with pytest.raises(PromotionRefused, match="4 jobs left"):
        require_promotable(compare(engine, batch_id), 100)
    ledger.release([first])
    work(ledger, {0: BLACK, 1: NAVY, 2: NAVY, 3: NAVY}, "new")

    found = compare(engine, batch_id)
    require_promotable(found, 25)
    require_promotable(found, 0, force=True)
    with pytest.raises(PromotionRefused, match=r"1 of 4 products .* 25\.0 %, and 24 % are allowed"):
        require_promotable(found, 24)
    with pytest.raises(PromotionRefused, match="has not been promoted"):
        rollback(engine, batch(engine, batch_id))


def test_a_batch_that_was_not_held(engine: Engine, ledger: Ledger) -> None:
    add_shop(engine, ledger, {1: NAVY}, "old")
    with pytest.raises(SettingsError, match="no such batch; `colourway backfill --hold` holds"):
        batch(engine, 99)
    with pytest.raises(SettingsError, match="it was not held"):
        batch(engine, 1)
    held = hold(engine).batch_id
    with pytest.raises(SettingsError, match=f"held are: {held}"):
        batch(engine, 1)
