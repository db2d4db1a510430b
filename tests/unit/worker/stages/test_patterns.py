"""The pattern of a garment from its pixels, and its ground apart from its print."""

from dataclasses import replace

import numpy as np
import pytest

from bench.patterns.drawings import DRAWINGS
from bench.patterns.garments import garment
from shared.colour.naming import Naming
from shared.contracts.results import Pattern, Region, Shade
from worker.imaging.colours.sample import WorkingPicture, working_picture
from worker.imaging.regions import BACKGROUND, CLOTHES, Mask, Pixels
from worker.stages.colours import colours
from worker.stages.patterns import Patterned, patterned

NAMING = Naming.load()
WHITE, NAVY, RED = (245, 244, 240), (28, 34, 70), (190, 30, 40)
SIDE = 160


def found(pixels: Pixels, mask: Mask) -> Patterned:
    labels = np.where(mask, CLOTHES, BACKGROUND).astype(np.uint8)
    working = working_picture(pixels, labels)
    return patterned(working, colours(working, NAMING)[Region.CLOTHES])


def on(ground: tuple[int, int, int], *prints: tuple[Mask, tuple[int, int, int]]) -> Pixels:
    """Cloth of one colour with others on it, and the grain that any photo has."""
    pixels = np.full((SIDE, SIDE, 3), ground, np.float64)
    for where, colour in prints:
        pixels[where] = colour
    grain = np.random.default_rng(5).normal(0, 2, (SIDE, SIDE, 1))
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def grid() -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    return y, x


def everywhere() -> Mask:
    return np.ones((SIDE, SIDE), np.bool_)


def names(answer: Patterned, role: str) -> set[str]:
    return {shade.family for shade in answer.shades if shade.role == role}


def test_a_breton_shirt_is_striped_white_with_navy_on_it() -> None:
    y, _ = grid()
    answer = found(on(WHITE, (y % 16 < 5, NAVY)), everywhere())
    assert answer.pattern is Pattern.STRIPED
    assert (names(answer, "ground"), names(answer, "print")) == ({"white"}, {"navy"})
    assert answer.shades[0].family == "white"


def test_dots_lie_on_the_ground_that_surrounds_them() -> None:
    y, x = grid()
    row = y // 20
    dots = np.hypot((x + 10 * (row % 2)) % 20 - 9.5, y % 20 - 9.5) < 5
    answer = found(on(NAVY, (dots, WHITE)), everywhere())
    assert answer.pattern is Pattern.DOTTED
    assert (names(answer, "ground"), names(answer, "print")) == ({"navy"}, {"white"})


def test_gingham_is_checked() -> None:
    y, x = grid()
    across, down = (y % 20 < 10).astype(float), (x % 20 < 10).astype(float)
    share = (across + down)[..., None] / 2
    pixels = on(WHITE).astype(float) * (1 - share) + on(RED).astype(float) * share
    assert found(pixels.astype(np.uint8), everywhere()).pattern is Pattern.CHECKED


def test_two_large_parts_are_colour_blocked() -> None:
    y, _ = grid()
    answer = found(on(WHITE, (y > 95, NAVY)), everywhere())
    assert answer.pattern is Pattern.COLOUR_BLOCKED
    assert (names(answer, "ground"), names(answer, "print")) == ({"white"}, {"navy"})


@pytest.mark.parametrize("colour", [WHITE, NAVY, RED, (128, 128, 128), (18, 18, 20)])
def test_one_colour_is_plain_and_has_no_ground(colour: tuple[int, int, int]) -> None:
    answer = found(on(colour), everywhere())
    assert answer.pattern is Pattern.PLAIN
    assert {shade.role for shade in answer.shades} == {None}


@pytest.mark.parametrize("seed", range(1001, 1017, 2))
def test_plain_cloth_with_heavy_folds_stays_plain(seed: int) -> None:
    drawn = garment(Pattern.PLAIN, seed, folds=1.3)
    assert found(drawn.pixels, drawn.mask).pattern is Pattern.PLAIN


@pytest.mark.parametrize("pattern", [each for each in DRAWINGS if each is not Pattern.PLAIN])
def test_most_drawn_garments_are_told_from_plain(pattern: Pattern) -> None:
    """Two of three that nobody learned from; docs/colours.md has the whole table."""
    drawn = [garment(pattern, seed) for seed in range(1001, 1007, 2)]
    seen = [found(each.pixels, each.mask).pattern is not Pattern.PLAIN for each in drawn]
    assert sum(seen) >= 2


def test_a_whole_outfit_has_its_colours_counted() -> None:
    y, _ = grid()
    working = working_of(on(WHITE, (y % 16 < 5, NAVY)))
    shades = colours(working, NAMING)[Region.CLOTHES]
    answer = patterned(working, shades, is_own=False)
    assert (answer.pattern, answer.shades) == (Pattern.TWO_TONE, shades)


def test_what_is_too_small_is_plain_and_nothing_has_no_pattern() -> None:
    y, x = grid()
    working = working_of(on(WHITE, (y % 8 < 4, NAVY)), (y < 12) & (x < 12))
    shades = colours(working, NAMING)[Region.CLOTHES]
    assert patterned(working, shades) == Patterned(Pattern.PLAIN, shades)
    assert patterned(working, ()) == Patterned(None, ())


def test_the_ground_comes_first_only_where_it_dominates() -> None:
    y, _ = grid()
    # Two whites are one ground: each is smaller than the print, together they are larger.
    pixels = on(WHITE, (y % 16 < 7, NAVY))
    whites = (
        Shade("#1c2246", (14.6, 10.0, -23.0), 0.44, "navy", "navy"),
        Shade("#f5f4f0", (96.2, -0.2, 2.0), 0.3, "white", "white"),
        Shade("#e6e5e1", (91.0, -0.2, 2.0), 0.26, "off-white", "white"),
    )
    answer = patterned(working_of(pixels), whites)
    assert answer.pattern is Pattern.STRIPED
    assert [(shade.name, shade.role) for shade in answer.shades] == [
        ("white", "ground"),
        ("navy", "print"),
        ("off-white", "ground"),
    ]
    assert {replace(shade, role=None) for shade in answer.shades} == set(whites)


def working_of(pixels: Pixels, mask: Mask | None = None) -> WorkingPicture:
    inside = np.ones(pixels.shape[:2], np.bool_) if mask is None else mask
    return working_picture(pixels, np.where(inside, CLOTHES, BACKGROUND).astype(np.uint8))
