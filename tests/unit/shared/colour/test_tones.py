"""Skin tones and hair colours from measured colours."""

from math import radians, tan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.colour.families.table import UNKNOWN, Presentation
from shared.colour.tones import (
    HAIR_COLOURS,
    HAIR_NAMES,
    SKIN_TONES,
    hair_colour,
    hair_name,
    presented,
    skin_tone,
    tone_name,
    typology_angle,
)
from shared.contracts.results import Region

channel = st.floats(-100, 100)
lab = st.tuples(st.floats(0, 100), channel, channel)


def at_angle(degrees: float, b: float = 20.0) -> tuple[float, float, float]:
    return 50 + b * tan(radians(degrees)), 10.0, b


def test_the_typology_angle_is_that_of_the_source() -> None:
    # arctan((L - 50) / b) in degrees.
    assert typology_angle((70.0, 12.0, 20.0)) == pytest.approx(45.0)
    assert typology_angle((50.0, 12.0, 20.0)) == 0.0
    assert typology_angle((30.0, 12.0, 20.0)) == pytest.approx(-45.0)


@pytest.mark.parametrize(
    ("degrees", "tone"),
    [
        (56, "very light"),
        (54, "light"),
        (42, "light"),
        (40, "intermediate"),
        (29, "intermediate"),
        (27, "tan"),
        (11, "tan"),
        (9, "brown"),
        (-29, "brown"),
        (-31, "dark"),
        (-80, "dark"),
    ],
)
def test_skin_tones_have_the_published_limits(degrees: float, tone: str) -> None:
    assert skin_tone(at_angle(degrees)) == tone


def test_light_skin_in_blue_light_stays_light() -> None:
    assert skin_tone((80.0, 5.0, -3.0)) == "very light"
    assert skin_tone((20.0, 5.0, -3.0)) == "dark"


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((8.0, 1.0, 1.0), "black"),
        ((17.0, 0.0, -12.0), "black"),  # the sky on black hair
        ((25.0, 5.0, 8.0), "brown"),
        ((30.0, 0.0, 0.0), "brown"),
        ((60.0, 5.0, 20.0), "blond"),
        ((60.0, 1.0, 4.0), "grey"),
        ((40.0, 18.0, 22.0), "red"),
        ((17.0, 25.0, 10.0), "red"),
        ((59.0, 36.0, -4.0), "dyed"),  # pink
        ((30.0, -10.0, -16.0), "dyed"),  # blue
        ((60.0, -20.0, 20.0), "dyed"),  # green
    ],
)
def test_hair_colours(colour: tuple[float, float, float], name: str) -> None:
    assert hair_colour(colour) == name


@given(lab)
def test_every_colour_has_a_name(colour: tuple[float, float, float]) -> None:
    assert skin_tone(colour) in [name for name, _ in SKIN_TONES]
    assert hair_colour(colour) in HAIR_COLOURS
    assert hair_name(colour) in HAIR_NAMES


@given(st.floats(0, 100), st.floats(0, 100), st.floats(1, 60))
def test_the_lighter_the_skin_the_earlier_its_tone(one: float, two: float, b: float) -> None:
    order = [name for name, _ in SKIN_TONES]
    darker, lighter = sorted((one, two))
    assert order.index(skin_tone((lighter, 10.0, b))) <= order.index(skin_tone((darker, 10.0, b)))


@pytest.mark.parametrize(
    ("lightness", "chroma", "name"),
    [
        (17.9, 3.0, "black"),
        (18.0, 3.0, "dark brown"),
        (25.9, 8.0, "dark brown"),
        (26.0, 8.0, "brown"),
        (32.9, 8.0, "brown"),
        (33.0, 8.0, "light brown"),
        (39.9, 8.0, "light brown"),
        (40.0, 8.0, "blond"),
        (90.0, 8.0, "blond"),
        (77.9, 4.9, "grey"),
        (78.0, 4.9, "white"),
    ],
)
def test_brown_has_three_steps_and_grey_two(lightness: float, chroma: float, name: str) -> None:
    assert hair_name((lightness, 0.0, chroma)) == name


def test_names_say_what_they_are_of_and_never_a_food() -> None:
    brown = at_angle(0)
    assert tone_name(brown, "skin") == "brown skin"
    assert tone_name((22.0, 4.0, 8.0), "hair") == "dark brown hair"
    foods = {"caramel", "chocolate", "espresso", "honey", "toffee", "cinnamon", "mocha", "peach"}
    words = {word for name in (*dict(SKIN_TONES), *HAIR_NAMES) for word in name.split()}
    assert words & foods == set()


def test_only_clothes_are_shown_as_the_product_is() -> None:
    cloth = Presentation("person", "top")
    assert presented(Region.CLOTHES, cloth) == cloth
    assert presented("skin", cloth) == Presentation(kind="skin")
    assert presented("hair", UNKNOWN) == Presentation(kind="hair")
