"""Pattern: how many colours a garment has, told from its shades."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.colour.cielab import hex_to_rgb, rgb_to_lab
from shared.colour.pattern import LEAST_SHARE, colour_shares, has_main_colour, pattern_of
from shared.contracts.results import Pattern, Shade


def shade(code: str, share: float) -> Shade:
    lightness, a, b = (float(value) for value in rgb_to_lab(hex_to_rgb(code)))
    return Shade(code, (lightness, a, b), share, "some name", "some family")


def shades(**shares: float) -> list[Shade]:
    return [shade(f"#{code[1:]}", share) for code, share in shares.items()]


codes = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
regions = st.lists(st.builds(shade, codes, st.floats(0.01, 1)), min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("region", "pattern"),
    [
        ({"_1b2a4a": 1.0}, Pattern.PLAIN),
        ({"_5f7b9e": 0.7, "_6f8bae": 0.3}, Pattern.PLAIN),  # two blues of one denim
        ({"_1b2a4a": 0.9, "_f5f5f0": 0.1}, Pattern.PLAIN),  # its buttons
        ({"_1b2a4a": 0.6, "_f5f5f0": 0.4}, Pattern.TWO_TONE),
        ({"_1b2a4a": 0.6, "_f5f5f0": 0.35, "_c6202b": 0.05}, Pattern.TWO_TONE),
        ({"_1b2a4a": 0.4, "_f5f5f0": 0.3, "_c6202b": 0.3}, Pattern.MULTICOLOURED),
        ({"_b98a53": 0.5, "_3a2820": 0.25, "_f2e6cb": 0.25}, Pattern.MULTICOLOURED),  # leopard
    ],
)
def test_what_a_shopper_would_say(region: dict[str, float], pattern: Pattern) -> None:
    assert pattern_of(shades(**region)) is pattern


def test_nothing_has_no_pattern() -> None:
    assert pattern_of([]) is None
    assert not has_main_colour([])


def test_no_chain_of_small_steps_makes_one_colour_of_black_and_white() -> None:
    greys = [shade(f"#{level:02x}{level:02x}{level:02x}", 0.1) for level in range(0, 256, 25)]
    assert pattern_of(greys) is Pattern.MULTICOLOURED


@pytest.mark.parametrize(
    ("region", "main"),
    [
        ({"_1b2a4a": 0.5, "_f5f5f0": 0.25, "_c6202b": 0.25}, True),
        ({"_1b2a4a": 0.48, "_f5f5f0": 0.26, "_c6202b": 0.26}, False),
        ({"_5f7b9e": 0.3, "_6f8bae": 0.3, "_c6202b": 0.4}, True),  # both blues together
    ],
)
def test_the_main_colour_is_at_least_half(region: dict[str, float], main: bool) -> None:
    assert has_main_colour(shades(**region)) is main


@given(regions, st.randoms())
def test_neither_order_nor_scale_of_the_shares_matters(region: list[Shade], random) -> None:
    turned = [
        Shade(each.hex, each.lab, each.share / 2, "other name", "other family") for each in region
    ]
    random.shuffle(turned)
    assert pattern_of(turned) is pattern_of(region)


@given(regions)
def test_the_colours_share_the_whole_region(region: list[Shade]) -> None:
    shares = colour_shares(region)
    assert sum(shares) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)
    assert 1 <= len(shares) <= len(region)


@given(regions, codes)
def test_a_button_makes_no_pattern(region: list[Shade], code: str) -> None:
    total = sum(each.share for each in region)
    largest = max(region, key=lambda each: each.share)
    button = shade(code, min(largest.share, LEAST_SHARE * total) / 100)
    counted = [share for share in colour_shares(region) if share >= LEAST_SHARE * 1.02]
    clear = len(counted) == sum(share >= LEAST_SHARE * 0.98 for share in colour_shares(region))
    if clear:
        assert pattern_of([*region, button]) is pattern_of(region)
