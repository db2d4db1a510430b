"""What the diff of a staged batch counts, on SQLite and PostgreSQL."""

import pytest
from sqlalchemy import Engine

from producer.enqueue.enqueue import enqueue
from producer.staged.changes import Change, Pair
from producer.staged.diff import DiffSelection
from shared.contracts.stages import Code
from shared.ledger.ledger import Ledger
from tests.support.catalogue.staged import (
    AFTER,
    BEFORE,
    BLACK,
    SHOP,
    add_shop,
    catalogue,
    compare,
    hold_and_work,
    replace,
    staged_results,
    work,
)
from tests.support.catalogue.stored import jobs, product
from tests.support.rows import NAVY


@pytest.mark.usefixtures("small_pages")
def test_the_diff_counts_every_product_once(engine: Engine, ledger: Ledger) -> None:
    add_shop(engine, ledger, BEFORE, "old")
    batch_id = hold_and_work(engine, ledger, AFTER, "new")
    replace(engine, 8)
    before = (catalogue(engine), staged_results(engine), jobs(engine))

    found = compare(engine, batch_id, DiffSelection(examples=1))

    assert (catalogue(engine), staged_results(engine), jobs(engine)) == before
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

    assert compare(engine, batch_id, DiffSelection(("c1",))).products == {Change.FAMILY: 3}
    assert compare(engine, batch_id, DiffSelection(("c1", "c0"), limit=4)).products.total() == 4
    assert compare(engine, batch_id, DiffSelection(("c2",))).products.total() == 0
