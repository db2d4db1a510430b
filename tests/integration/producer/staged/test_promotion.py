"""Held backfills: what they leave alone, and the way in and out again."""

from functools import partial

import pytest
from sqlalchemy import Engine, select, update

from producer.enqueue.enqueue import enqueue
from producer.reprocess import backfill as module
from producer.reprocess.backfill import Selection
from producer.staged import promotion
from producer.staged.changes import Change, Pair
from producer.staged.promotion import Moved, PromotionRefused, promote, require_promotable, rollback
from shared.contracts.jobs import JobState, Staging
from shared.contracts.results import Pattern
from shared.database.models import StagedResult
from shared.errors import SettingsError
from shared.ledger.ledger import Ledger
from tests.support.catalogue.staged import (
    AFTER,
    BEFORE,
    BLACK,
    GONE,
    SHOP,
    add_shop,
    batch,
    catalogue,
    compare,
    families,
    hold,
    hold_and_work,
    staged_results,
    work,
)
from tests.support.catalogue.stored import product, url
from tests.support.rows import NAVY, RED, Clock

backfill = partial(module.backfill, max_attempts=3)
EVERYTHING = Selection()

STAGED_SINCE = ("pattern", "warnings", "piece")


def test_products_stay_as_they_are(engine: Engine, ledger: Ledger, clock: Clock) -> None:
    add_shop(engine, ledger, BEFORE, "old")
    before = catalogue(engine)
    clock.pass_s(60)

    held = hold(engine)
    assert catalogue(engine) == before
    assert work(ledger, AFTER, "new") == held.jobs == 9

    assert catalogue(engine) == before
    outcomes = [(name, outcome) for _, name, _, outcome, _ in staged_results(engine)]
    assert outcomes == [
        *((url(number), JobState.DONE) for number in (1, 2, 3, 4, 5)),
        (url(6), JobState.FAILED),
        (url(7), JobState.NO_PERSON),
        *((url(number), JobState.DONE) for number in (8, 9)),
    ]


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
    assert batch(engine, batch_id).staging is Staging.PROMOTED
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
    assert batch(engine, batch_id).staging is Staging.ROLLED_BACK
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


def test_a_staged_result_of_an_older_version_leaves_no_pattern_of_another_result(
    engine: Engine, ledger: Ledger
) -> None:
    add_shop(engine, ledger, {1: NAVY}, "old")
    before = catalogue(engine, times=False)
    batch_id = hold_and_work(engine, ledger, {1: RED}, "new")
    with engine.begin() as connection:
        (result,) = connection.scalars(select(StagedResult.result))
        older = {name: result[name] for name in result if name not in STAGED_SINCE}
        connection.execute(update(StagedResult).values(result=older))

    promote(engine, batch(engine, batch_id))

    product_row, picture = catalogue(engine)
    assert [picture[name] for name in STAGED_SINCE] == [None, None, None]
    assert (product_row["colour_family"], product_row["pattern"]) == ("red", Pattern.PLAIN)
    rollback(engine, batch(engine, batch_id))
    assert catalogue(engine, times=False) == before


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
        patch.setattr(promotion, "write_products", stop_within)
        with pytest.raises(KeyboardInterrupt):
            promote(engine, batch(engine, batch_id))

    assert list(families(engine).values()) == ["black"] * 4 + ["navy"] * 3
    halfway = compare(engine, batch_id)
    assert (halfway.batch.staging, halfway.promoted) == (Staging.PROMOTING, 4)
    assert (halfway.pairs, halfway.changed_percent) == (foreseen.pairs, 100.0)
    assert promote(engine, batch(engine, batch_id)).pictures == 3
    assert set(families(engine).values()) == {"black"}

    with pytest.raises(KeyboardInterrupt):
        rollback(engine, batch(engine, batch_id), stop_between)
    assert list(families(engine).values()) == ["navy"] * 4 + ["black"] * 3
    assert batch(engine, batch_id).staging is Staging.ROLLING_BACK
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

    with pytest.raises(PromotionRefused, match=r"another process has changed batch .* rolled back"):
        promote(engine, batch(engine, batch_id), turn_round)
    assert catalogue(engine, times=False) == before


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


def test_a_batch_that_is_not_staged(engine: Engine, ledger: Ledger) -> None:
    add_shop(engine, ledger, {1: NAVY}, "old")
    with pytest.raises(
        SettingsError, match="no such batch; `colourway backfill --stage` stages a batch"
    ):
        batch(engine, 99)
    with pytest.raises(SettingsError, match="it is not staged"):
        batch(engine, 1)
    held = hold(engine).batch_id
    with pytest.raises(SettingsError, match=f"staged batches: {held}"):
        batch(engine, 1)
