"""Review queues on both databases: chosen, worked through, and what they are worth."""

from collections import Counter

import pytest
from sqlalchemy import Engine

from producer.audit.audit import AuditLimits
from producer.audit.colour_range import ColourRanges
from producer.audit.lexicon import Lexicon
from producer.audit.names import NameCheck
from producer.catalogue.reader import ProductReader, ProductSelection
from producer.review.choosing import audited, filtered
from producer.review.items import QueueReader, next_open
from producer.review.queues import (
    ChosenProduct,
    MadeQueue,
    NewQueue,
    ReviewQueueError,
    make_queue,
    queue_named,
    review_queue,
)
from producer.review.sampling import allotted, sampled
from producer.review.worth import review_worth
from shared.colour.naming import Naming
from shared.contracts.decisions import ItemState, QueueSource, Ruling
from shared.decisions.store import Reviewer
from tests.support.catalogue.decided import ADA, correct, judge, product_id, take_back
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered

OPEN, ACCEPTED, CORRECTED, SKIPPED = ItemState


def refuse(sku: str, reason: str) -> None:
    raise AssertionError(f"{sku}: {reason}")


def make(engine: Engine, name: str, *skus: str, source: QueueSource = QueueSource.FILTER) -> int:
    return stored(engine, name, [ChosenProduct(product_id(engine, s)) for s in skus], source).id


def stored(
    engine: Engine, name: str, chosen: list[ChosenProduct], source: QueueSource
) -> MadeQueue:
    with engine.begin() as connection:
        return make_queue(connection, NewQueue(1, name, source, {}, "ada"), chosen)


def states(engine: Engine, queue: int) -> dict[ItemState, int]:
    return dict(review_queue(engine, queue).states)


def test_a_queue_counts_what_becomes_of_its_products(engine: Engine) -> None:
    for number in range(4):
        add_answered(engine, f"P{number}", NAVY)
    queue = make(engine, "q", "P2", "P0", "P1", "P3")
    reader = QueueReader(engine, queue)
    assert [each.product.sku for each in reader.page(1)] == ["P2", "P0", "P1", "P3"]
    assert reader.places() == (4, 1)
    judge(engine, "P2", Ruling.ACCEPTED, Reviewer("ada", queue))
    correct(engine, "P0", Reviewer("ada", queue), family="black")
    judge(engine, "P1", Ruling.SKIPPED, Reviewer("ben", queue))
    assert states(engine, queue) == {ACCEPTED: 1, CORRECTED: 1, SKIPPED: 1, OPEN: 1}
    second = reader.at(2)
    assert second is not None
    assert (second.state, second.settled_by, second.seen.version) == (CORRECTED, "ada", 1)
    assert (second.measured.colour_family, second.product.colour_family) == ("navy", "black")
    with engine.begin() as connection:
        assert next_open(connection, queue, 1) == 4
        assert next_open(connection, queue, 4) == 4
    take_back(engine, "P0", ADA)
    assert states(engine, queue) == {ACCEPTED: 1, SKIPPED: 1, OPEN: 2}
    with engine.begin() as connection:
        assert next_open(connection, queue, 4) == 2
    judge(engine, "P3", Ruling.NOT_IN_PICTURE)
    assert states(engine, queue)[CORRECTED] == 1
    assert [each.place for each in reader.page(1, state=OPEN)] == [2]


def test_a_decision_settles_a_product_in_every_queue_and_skipping_in_its_own(
    engine: Engine,
) -> None:
    add_answered(engine, "P0", NAVY)
    first, second = make(engine, "one", "P0"), make(engine, "two", "P0")
    judge(engine, "P0", Ruling.SKIPPED, Reviewer("ada", first))
    assert (states(engine, first), states(engine, second)) == ({SKIPPED: 1}, {OPEN: 1})
    judge(engine, "P0", Ruling.ACCEPTED, Reviewer("ada", second))
    assert (states(engine, first), states(engine, second)) == ({ACCEPTED: 1}, {ACCEPTED: 1})
    correct(engine, "P0", family="black")
    take_back(engine, "P0")
    assert states(engine, second) == {ACCEPTED: 1}


def test_what_was_decided_on_is_left_out_of_all_but_samples(engine: Engine) -> None:
    for number in range(3):
        add_answered(engine, f"P{number}", NAVY)
    judge(engine, "P1", Ruling.ACCEPTED)
    every = [ChosenProduct(product_id(engine, f"P{number}")) for number in range(3)]
    made = stored(engine, "q", [*every, every[0]], QueueSource.FILTER)
    assert (made.products, made.decided) == (2, 1)
    sample = stored(engine, "s", every, QueueSource.SAMPLE)
    assert states(engine, sample.id) == {ACCEPTED: 1, OPEN: 2}


def test_queues_that_cannot_be_made_are_refused(engine: Engine) -> None:
    add_answered(engine, "P0", NAVY)
    queue = make(engine, "q", "P0")
    with pytest.raises(ReviewQueueError, match="has a review queue 'q' already"):
        make(engine, "q", "P0")
    with pytest.raises(ReviewQueueError, match="there is no product for the queue 'empty'"):
        make(engine, "empty")
    with pytest.raises(ReviewQueueError, match="1 to 200 printable"):
        make(engine, "a\nb", "P0")
    with pytest.raises(ReviewQueueError, match="there is no review queue 99"):
        review_queue(engine, 99)
    with pytest.raises(ReviewQueueError, match="'none': there is none"):
        queue_named(engine, None, "none")
    assert queue_named(engine, None, "q").id == queue


def test_an_audit_proposes_what_the_shop_says(engine: Engine) -> None:
    add_answered(engine, "P0", NAVY, merchant_colour="Cherry red", piece="top")
    add_answered(engine, "P1", RED, merchant_colour="Red", piece="top")
    add_answered(engine, "P2", RED, merchant_colour="Red", confidence=0.3, piece="top")
    naming = Naming.load()
    names = NameCheck(Lexicon.load(naming), ColourRanges(naming))
    selection = ProductSelection(catalogue_id=1)
    found = audited(engine, selection, names, AuditLimits(), refuse)
    assert {each.product_id for each in found} == {
        product_id(engine, "P0"),
        product_id(engine, "P2"),
    }
    by_id = {each.product_id: each for each in found}
    named = by_id[product_id(engine, "P0")]
    assert named.reason == "the shop says Cherry red, the picture navy (navy)"
    assert named.proposed is not None
    assert (named.proposed["family"], named.proposed["by"]) == ("red", "Cherry red")
    assert by_id[product_id(engine, "P2")].reason == "only 30% sure"


def test_a_filter_takes_what_its_conditions_say(engine: Engine) -> None:
    add_answered(engine, "P0", NAVY)
    add_answered(engine, "P1", RED)
    reader = ProductReader(engine, ProductSelection(catalogue_id=1), refuse)
    assert [each.product_id for each in filtered(reader, "all")] == [1, 2]


def test_every_family_and_piece_has_its_fair_part_of_a_sample(engine: Engine) -> None:
    for number in range(60):
        shade = NAVY if number % 3 else RED
        add_answered(engine, f"P{number}", shade, piece="top" if number < 30 else "dress")
    selection = ProductSelection(catalogue_id=1)
    chosen = sampled(engine, selection, 12, seed=5)
    assert Counter(each.reason for each in chosen) == {
        "random sample: navy, top": 4,
        "random sample: red, top": 2,
        "random sample: navy, dress": 4,
        "random sample: red, dress": 2,
    }
    assert chosen == sampled(engine, selection, 12, seed=5)
    others = sampled(engine, selection, 12, seed=6)
    assert {each.product_id for each in chosen} != {each.product_id for each in others}
    assert len(sampled(engine, selection, 500, seed=5)) == 60


def test_parts_of_a_sample_sum_to_its_size() -> None:
    counts = {("navy", "top"): 50, ("red", "top"): 33, (None, None): 17}
    assert allotted(counts, 10) == {("navy", "top"): 5, ("red", "top"): 3, (None, None): 2}
    assert sum(allotted(counts, 7).values()) == 7
    assert allotted(counts, 1000) == counts
    assert allotted({}, 10) == {}


def test_a_sample_says_how_often_answers_are_right(engine: Engine) -> None:
    """Ten products of known rulings: every figure is what a person would count."""
    for number in range(6):
        add_answered(engine, f"N{number}", NAVY, piece="top", confidence=0.95)
    for number in range(4):
        add_answered(
            engine,
            f"R{number}",
            RED,
            piece="dress",
            confidence=0.5,
            colour_family_second="pink",
        )
    skus = [*(f"N{number}" for number in range(6)), *(f"R{number}" for number in range(4))]
    make(engine, "sample", *skus, source=QueueSource.SAMPLE)
    for number in range(5):
        judge(engine, f"N{number}", Ruling.ACCEPTED)
    correct(engine, "N5", family="black")
    correct(engine, "R0", family="pink")
    correct(engine, "R1", piece="top")
    judge(engine, "R2", Ruling.NOT_IN_PICTURE)
    # Of a queue that was chosen for being odd nothing is counted.
    add_answered(engine, "ODD", WHITE)
    make(engine, "odd", "ODD")
    correct(engine, "ODD", family="black")
    worth = review_worth(engine, 1, "shop")
    assert (worth.left, worth.skipped) == (1, 0)
    told = worth.to_json()
    assert told["right"] == {"hits": 6, "of": 9, "share": 0.6667, "interval_95": [0.3542, 0.8794]}
    assert (told["right_by_either"]["hits"], told["piece_right"]["hits"]) == (7, 7)
    assert [
        (row["family"], row["right"]["hits"], row["right"]["of"]) for row in told["families"]
    ] == [
        ("navy", 5, 6),
        ("red", 1, 3),
    ]
    assert [(row["piece"], row["right"]["hits"], row["right"]["of"]) for row in told["pieces"]] == [
        ("top", 5, 6),
        ("dress", 1, 3),
    ]
    assert [
        (row["from_to"], row["mean"], row["right"]["hits"]) for row in told["calibration"]["bins"]
    ] == [([0.5, 0.6], 0.5, 1), ([0.9, 1.0], 0.95, 5)]
    # (3 · |0.5 - 1/3| + 6 · |0.95 - 5/6|) / 9
    assert told["calibration"]["expected_error"] == pytest.approx(0.1333, abs=1e-4)
    take_back(engine, "N5")
    assert review_worth(engine, 1, "shop").every.strict.of == 8
