"""Decisions on both databases: stored beside the measurement, never overwritten, taken back."""

import pytest
from sqlalchemy import Engine, select, update

from shared.contracts.decisions import DecidedColour, Ruling, Seen
from shared.database.models import Product
from shared.decisions.colour import UnknownWord
from shared.decisions.conflict import DecisionConflict, NothingToDecide
from tests.support.catalogue.decided import (
    ADA,
    BEN,
    STORE,
    answered,
    correct,
    decide,
    every_decision,
    history,
    judge,
    product_id,
    seen,
    take_back,
)
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered


@pytest.fixture(autouse=True)
def shop(engine: Engine) -> None:
    add_answered(engine, "A-1", NAVY, WHITE, title="Shirt", warnings=["low_confidence"])
    add_answered(engine, "B-2", RED, confidence=0.4)
    add_answered(engine, "C-3", title="Not yet")


def measured_columns(engine: Engine) -> list[tuple[object, ...]]:
    left_out = {"updated_at", "changed_in"}
    columns = [each for each in Product.__table__.columns if each.name not in left_out]
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(select(*columns).order_by(Product.id))]


def test_a_correction_stands_beside_what_was_measured_and_wins_in_what_is_read(
    engine: Engine,
) -> None:
    before = measured_columns(engine)
    made = correct(engine, "A-1", family="blue")
    assert (made.version, made.ruling, made.decided_by) == (1, Ruling.CORRECTED, "ada")
    assert made.measured.family == "navy"
    assert made.measured.colours == (("#1b2444", 0.8), ("#f4f4f3", 0.2))
    assert measured_columns(engine) == before
    found = answered(engine, "A-1")
    assert (found.colour_family, found.confidence, found.warnings) == ("blue", 1.0, ())
    assert found.colour is not None
    assert (found.colour.family, found.colour.name) == ("blue", made.colour.name)
    assert [shade.family for shade in found.shades] == ["blue", "white"]
    assert found.decision == made
    assert answered(engine, "A-1", as_measured=True).colour_family == "navy"
    assert answered(engine, "B-2").decision is None


def test_a_colour_that_was_measured_comes_first_and_none_is_lost(engine: Engine) -> None:
    made = correct(engine, "A-1", family="white")
    assert made.colour == DecidedColour("white", None, None, "soft white", "#f4f4f3")
    shades = answered(engine, "A-1").shades
    assert [(each.hex, each.share) for each in shades] == [("#f4f4f3", 0.2), ("#1b2444", 0.8)]


def test_a_piece_alone_leaves_the_colour_as_it_was(engine: Engine) -> None:
    made = correct(engine, "A-1", piece="Dress")
    assert made.colour == DecidedColour("navy", None, "dress", "navy", "#1b2444")
    assert correct(engine, "A-1", piece="whole").colour.piece is None


def test_what_is_accepted_stays_when_another_result_comes(engine: Engine) -> None:
    judge(engine, "A-1", Ruling.ACCEPTED)
    with engine.begin() as connection:
        connection.execute(
            update(Product)
            .where(Product.sku == "A-1")
            .values(colour_family="red", colour_name="cherry", colours=[RED.to_json()])
        )
    found = answered(engine, "A-1")
    assert (found.colour_family, found.piece) == ("navy", None)
    assert [(each.hex, each.family) for each in found.shades] == [("#1b2444", "navy")]


def test_a_product_that_is_not_in_its_picture_has_no_colour(engine: Engine) -> None:
    judge(engine, "A-1", Ruling.NOT_IN_PICTURE)
    found = answered(engine, "A-1")
    assert (found.colour_family, found.shades, found.cutout_key) == (None, (), None)
    assert found.warnings == ("piece_not_found",)


def test_taking_back_restores_the_decision_before(engine: Engine) -> None:
    correct(engine, "A-1", family="blue")
    correct(engine, "A-1", BEN, family="black")
    assert answered(engine, "A-1").colour_family == "black"
    back = take_back(engine, "A-1", ADA)
    assert (back.version, back.taken_back_by, back.in_force) == (2, "ada", False)
    assert answered(engine, "A-1").colour_family == "blue"
    take_back(engine, "A-1", BEN)
    assert answered(engine, "A-1").colour_family == "navy"
    assert history(engine, "A-1") == [
        (1, "corrected", "blue", "ada", False, "ben"),
        (2, "corrected", "black", "ben", False, "ada"),
        (3, "taken_back", None, "ada", False, None),
        (4, "taken_back", None, "ben", False, None),
    ]
    with pytest.raises(NothingToDecide, match="A-1 has no decision"):
        take_back(engine, "A-1")


def test_skipping_changes_nothing(engine: Engine) -> None:
    correct(engine, "A-1", family="blue")
    judge(engine, "A-1", Ruling.SKIPPED, BEN)
    assert answered(engine, "A-1").colour_family == "blue"
    assert take_back(engine, "A-1").ruling is Ruling.SKIPPED
    assert answered(engine, "A-1").colour_family == "blue"


def test_the_second_of_two_people_is_shown_what_the_first_decided(engine: Engine) -> None:
    key = product_id(engine, "A-1")
    both_saw = seen(engine, key)
    decide(engine, key, Ruling.ACCEPTED, both_saw, ADA)
    with pytest.raises(DecisionConflict) as refused:
        decide(engine, key, Ruling.CORRECTED, both_saw, BEN, family="black")
    assert str(refused.value).startswith("A-1: ada said accepted at ")
    assert refused.value.seen == Seen(1, both_saw.measured_at)
    assert every_decision(engine) == [(key, 1)]
    # Having seen it, the second may decide.
    decide(engine, key, Ruling.SKIPPED, refused.value.seen, BEN)


def test_a_result_that_came_meanwhile_refuses_the_decision(engine: Engine) -> None:
    key = product_id(engine, "A-1")
    saw = seen(engine, key)
    with engine.begin() as connection:
        connection.execute(
            update(Product).where(Product.id == key).values(enriched_at=Product.created_at)
        )
    with pytest.raises(DecisionConflict, match="A-1: a new result came meanwhile"):
        decide(engine, key, Ruling.ACCEPTED, saw, ADA)


def test_a_bulk_decision_leaves_alone_what_is_not_as_it_was_seen(engine: Engine) -> None:
    keys = [product_id(engine, sku) for sku in ("A-1", "B-2")]
    saw = {key: seen(engine, key) for key in keys}
    correct(engine, "B-2", BEN, family="pink")
    with engine.begin() as connection:
        done = STORE().decide_all(connection, saw, Ruling.ACCEPTED, ADA)
    assert [each.product_id for each in done.records] == keys[:1]
    assert [each.sku for each in done.conflicts] == ["B-2"]
    assert answered(engine, "B-2").colour_family == "pink"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({"family": "navvy"}, "family: there is no 'navvy'; did you mean 'navy'"),
        ({"name": "no name"}, "name: there is no 'no name'"),
        ({"piece": "sock"}, "piece: there is no 'sock'"),
        ({"name": "navy", "family": "red"}, "'navy' is a name of navy, not of red"),
        ({"family": "red", "family_second": "red"}, "must not be the first"),
        ({}, "needs a family, a name or a piece"),
    ],
)
def test_words_that_do_not_exist_are_named(
    engine: Engine, said: dict[str, str], complaint: str
) -> None:
    with pytest.raises(UnknownWord, match=complaint):
        correct(engine, "A-1", **said)
    assert every_decision(engine) == []


def test_what_has_no_result_cannot_be_accepted_but_corrected(engine: Engine) -> None:
    with pytest.raises(NothingToDecide, match="C-3 has no result yet"):
        judge(engine, "C-3", Ruling.ACCEPTED)
    made = correct(engine, "C-3", family="navy")
    found = answered(engine, "C-3")
    assert found.colour is not None
    assert (found.colour.hex, found.colour.share) == (made.colour.hex, 1.0)


def test_stored_colours_that_make_no_sense_are_named(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(Product).where(Product.sku == "A-1").values(colours=[{"x": 1}]))
    with pytest.raises(NothingToDecide, match="A-1: its stored colours make no sense"):
        decide(engine, product_id(engine, "A-1"), Ruling.ACCEPTED, Seen(), ADA)


def test_a_product_that_does_not_exist_is_named(engine: Engine) -> None:
    with pytest.raises(NothingToDecide, match="there is no product 987654"):
        decide(engine, 987654, Ruling.SKIPPED, Seen(), ADA)


def test_what_was_seen_travels_as_text() -> None:
    saw = Seen(7, "2026-11-24T18:00:00+00:00")
    assert Seen.parse(str(saw)) == saw
    assert Seen.parse(str(Seen())) == Seen()
    for bad in ("", "7", "x@", "-1@", "1234567890@"):
        with pytest.raises(ValueError, match="which version was seen"):
            Seen.parse(bad)
