"""Expected beside found: distances, families, and what counts as agreement."""

import pytest

from colourway.pages.comparison import compare, compare_all, sum_up
from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade

NAMING = Naming.load()
RED = Shade("#c02020", (41.76, 60.41, 42.26), 0.7, "red", "red")
NAVY = Shade("#1a2340", (14.5, 4.0, -18.5), 0.3, "navy", "navy")


def test_the_same_colour_is_at_no_distance_and_agrees() -> None:
    found = compare(Region.CLOTHES, RED.hex, [RED, NAVY], NAMING)
    assert found.found is RED
    assert found.delta_e == pytest.approx(0, abs=0.5)
    assert found.agrees


def test_another_family_disagrees_with_a_distance() -> None:
    found = compare(Region.CLOTHES, "#1a2340", [RED], NAMING)
    assert found.expected.family == "navy"
    assert not found.agrees
    assert found.delta_e is not None
    assert found.delta_e > 30


def test_nothing_found_disagrees_without_a_distance() -> None:
    found = compare(Region.HAIR, "#201a18", [], NAMING)
    assert (found.found, found.delta_e, found.agrees) == (None, None, False)


def test_only_expected_regions_are_compared() -> None:
    expected = {Region.CLOTHES: "#c02020"}
    compared = compare_all(expected, {Region.CLOTHES: (RED,), Region.HAIR: (NAVY,)}, NAMING)
    assert [c.region for c in compared] == [Region.CLOTHES]


def test_verdicts_count_agreement_and_take_the_median() -> None:
    compared = [
        compare(Region.CLOTHES, RED.hex, [RED], NAMING),
        compare(Region.CLOTHES, "#1a2340", [RED], NAMING),
        compare(Region.CLOTHES, "#1a2340", [], NAMING),
        compare(Region.SKIN, "#1a2340", [], NAMING),
    ]
    clothes, skin = sum_up(compared)
    assert (clothes.compared, clothes.agreeing, clothes.missing) == (3, 1, 1)
    assert clothes.delta_e_median is not None
    assert 15 < clothes.delta_e_median < 40
    assert (skin.compared, skin.agreeing, skin.delta_e_median) == (1, 0, None)
