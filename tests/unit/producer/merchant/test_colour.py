"""Google's rules for colours, and values that keep them whatever they are made of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.merchant.colour import (
    LONGEST_VALUE,
    colour_complaints,
    group_complaints,
    id_complaints,
    merchant_colour,
)


@pytest.mark.parametrize(
    "value",
    [
        "Orange Mango Explosion",
        "Red/Green/Black",
        "Toasted Walnut",
        "Café au lait",
        "off-white",
        "Girl's Pink (washed)",
        "紅",
        "Blue & White",
        "rot 12",
        "x" * 40 + "/" + "y" * 40 + "/" + "z" * 18,
        "Deadbeef",
        "facade",
    ],
)
def test_good_colours(value: str) -> None:
    assert colour_complaints(value) == []


@pytest.mark.parametrize(
    ("value", "complaints"),
    [
        ("", ["is empty: a product of apparel needs a colour"]),
        (" ", ["is empty: a product of apparel needs a colour"]),
        ("#fff000", ["'#fff000' is a code: write the colour's name"]),
        ("fff000", ["'fff000' is a code: write the colour's name"]),
        ("Red/#abc", ["'#abc' is a code: write the colour's name"]),
        ("0 2 4 6 8", ["'0 2 4 6 8' has no letters: write the colour's name"]),
        ("R", ["'R' is a single letter: write the colour's name"]),
        ("see image", ["'see image' is no colour"]),
        (
            "N/A",
            ["'N' is a single letter: write the colour's name"] * 1
            + ["'A' is a single letter: write the colour's name"],
        ),
        ("Men's", ['"Men\'s" is no colour']),
        ("a1/b2/c3/d4", ["names 4 colours; 3 are allowed"]),
        ("Red, Green", ["parts colours by other marks than a slash: write Red/Green/Black"]),
        ("Red//Blue", ["has a slash with no colour beside it"]),
        ("x" * 41, [f"'{'x' * 41}' has 41 characters; 40 are allowed"]),
        ("Blue*", ["'Blue*' holds '*'; write letters, digits and spaces"]),
        (
            "/".join(["x" * 40, "y" * 40, "z" * 19]),
            ["has 101 characters; 100 are allowed"],
        ),
    ],
)
def test_bad_colours_are_told_why(value: str, complaints: list[str]) -> None:
    assert colour_complaints(value) == complaints


def test_ids_and_groups() -> None:
    assert id_complaints("A-1 x") == group_complaints("AB_12-3") == group_complaints("") == []
    assert id_complaints("") == ["is empty"]
    assert id_complaints("x" * 51) == ["has 51 characters; 50 are allowed"]
    assert id_complaints("a\tb") == ["holds characters that cannot be printed"]
    assert group_complaints("A B") == [
        "'A B' holds more than letters, digits, underscores and dashes"
    ]


@pytest.mark.parametrize(
    ("own", "measured", "expected"),
    [
        ("Toasted Walnut", ["walnut"], "Toasted Walnut"),
        (" Navy,  White ", ["navy"], "Navy/White"),
        ("#1b2444", ["navy", "white"], "navy/white"),
        (None, ["navy", "navy", "white", "red", "green"], "navy/white/red"),
        ("see image", [], None),
        (None, [], None),
        ("12", ["x" * 41], None),
    ],
)
def test_the_shops_name_is_kept_where_google_takes_it(
    own: str | None, measured: list[str], expected: str | None
) -> None:
    assert merchant_colour(own, measured) == expected


@given(st.none() | st.text(max_size=150), st.lists(st.text(max_size=60), max_size=6))
def test_what_is_made_keeps_the_rules(own: str | None, measured: list[str]) -> None:
    value = merchant_colour(own, measured)
    assert value is None or colour_complaints(value) == []
    assert value is None or len(value) <= LONGEST_VALUE
