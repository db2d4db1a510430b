"""How far colours lie from names; checked against names that others gave to colours."""

import re

import numpy as np
import pytest
import webcolors

from producer.audit.colour_name import NamedPart, read_name
from producer.audit.colour_range import ColourRanges
from producer.audit.lexicon import Lexicon, Meaning
from producer.audit.names import NEARER, OTHER_COLOUR
from shared.colour.cielab import delta_e2000, hex_to_rgb, rgb_to_lab
from shared.colour.naming import Naming

NAMING = Naming.load()
LEXICON = Lexicon.load(NAMING)
RANGES = ColourRanges(NAMING)


def lab(code: str) -> tuple[float, float, float]:
    lightness, a, b = map(float, rgb_to_lab(hex_to_rgb(code)))
    return lightness, a, b


def part(*families: str, lightness: Meaning | None = None, exact: str = "") -> NamedPart:
    return NamedPart(exact, frozenset(families), lightness)


def distance(code: str, named: NamedPart) -> float:
    return float(RANGES.to_part(RANGES.distances([lab(code)]), named)[0])


def test_a_centre_lies_in_its_own_family() -> None:
    for row in NAMING.rows:
        assert distance(row.hex, part(row.family)) == pytest.approx(0, abs=1e-3)


def test_the_distance_is_that_to_the_nearest_centre() -> None:
    navy = [lab(row.hex) for row in NAMING.rows if row.family == "navy"]
    expected = min(float(delta_e2000(lab("#ec93ac"), each)) for each in navy)
    assert distance("#ec93ac", part("navy")) == pytest.approx(expected)
    assert distance("#ec93ac", part("navy", "pink")) == pytest.approx(0, abs=1e-3)


def test_light_and_dark_leave_out_a_third() -> None:
    assert distance("#bebebd", part("grey", lightness=Meaning.LIGHT)) < 1
    assert distance("#3b3c40", part("grey", lightness=Meaning.LIGHT)) > OTHER_COLOUR
    assert distance("#3b3c40", part("grey", lightness=Meaning.DARK)) < 1
    assert distance("#d3d3d2", part("grey", lightness=Meaning.DARK)) > OTHER_COLOUR


def test_a_name_of_the_table_is_in_its_own_range_however_dark_it_is_called() -> None:
    dark_grey = next(row for row in NAMING.rows if row.name == "dark grey")
    named = part("grey", lightness=Meaning.LIGHT, exact="dark grey")
    assert distance(dark_grey.hex, named) < 1e-3


def test_a_family_that_the_table_lacks_is_infinitely_far() -> None:
    assert distance("#ec93ac", part("tartan")) == np.inf


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("Burgundy", "burgundy"),
        ("Deep Burgundy", "burgundy"),
        ("Bordeaux", "dark red"),
        ("rouge", "red"),
        ("dunkelgrün", "dark green"),
        ("Charcoal Grey", "charcoal"),
        ("Riverbend Navy", "navy"),
        ("Toasted Walnut", "walnut"),
        ("chocolate orange", "orange"),
        ("Metallic", "silver"),
    ],
)
def test_a_word_has_a_colour_of_its_own_whatever_was_found(word: str, name: str) -> None:
    assert RANGES.typical(read_name(word, LEXICON).parts[0]).name == name


def test_without_a_name_the_middle_of_the_likeliest_family_stands_for_a_part() -> None:
    assert RANGES.typical(part("navy", "pink")) in NAMING.rows
    dark = NamedPart("", frozenset({"silver", "grey"}), None, "silver")
    assert RANGES.typical(dark).name == "silver"


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Burgundy", "#2f5d3a"),
        ("Burgundy", "#1a261c"),
        ("Bordeaux", "#2d3a2e"),
        ("Silver", "#1a1a1a"),
        ("Silver", "#0e0e10"),
        ("Argento", "#0e0e10"),
        ("Gold", "#1a1a1a"),
        ("Metallic", "#0e0e10"),
    ],
)
def test_green_is_no_burgundy_and_black_no_metal(word: str, code: str) -> None:
    assert distance(code, read_name(word, LEXICON).parts[0]) >= OTHER_COLOUR


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("Burgundy", "#4a2326"),
        ("Silver", "#6b6b6e"),
        ("Gold", "#8a6d3b"),
        ("Dark Gold", "#5b4a24"),
        ("Metallic Black", "#0e0e10"),
        ("Silver Black", "#0e0e10"),
    ],
)
def test_what_these_words_mean_is_still_theirs(word: str, code: str) -> None:
    assert distance(code, read_name(word, LEXICON).parts[0]) < OTHER_COLOUR * 2 / 3


def alarms(table: dict[str, str]) -> tuple[int, int]:
    """Return of how many names a colour was understood, and how many do not fit their own."""
    understood = alarmed = 0
    for name, code in table.items():
        read = read_name(name, LEXICON)
        if read.parts:
            distances = RANGES.distances([lab(code)])
            nearest = min(float(RANGES.to_part(distances, each)[0]) for each in read.parts)
            understood += 1
            alarmed += nearest >= OTHER_COLOUR and nearest - distances.min() >= NEARER
    return understood, alarmed


def test_the_tables_own_names_never_alarm() -> None:
    table = {row.name: row.hex for row in NAMING.rows}
    assert alarms(table) == (len(table), 0)


def test_css_names_seldom_alarm() -> None:
    ends = "white|blue|green|red|pink|gr[ae]y|brown|orange|yellow|purple|violet|turquoise|cyan"
    table = {
        re.sub(f"(?<=[a-z])(?=({ends})$)", " ", name): webcolors.name_to_hex(name)
        for name in webcolors.names("css3")
    }
    understood, alarmed = alarms(table)
    assert understood >= 0.85 * len(table)
    assert alarmed <= 0.08 * understood


def test_names_that_people_gave_on_the_web_seldom_alarm() -> None:
    colours = pytest.importorskip("matplotlib.colors", reason="the extra `train` has xkcd's names")
    table = {name.removeprefix("xkcd:"): code for name, code in colours.XKCD_COLORS.items()}
    understood, alarmed = alarms(table)
    assert understood >= 0.95 * len(table)
    assert alarmed <= 0.03 * understood
