"""Packshots drawn on plain backdrops are cut; street photos are not."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.colour.cielab import rgb_to_lab
from tests.support import CCP
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.packshot.backdrop import find_backdrop
from worker.imaging.packshot.cut import Packshot, cut
from worker.lookbook.look import render

HEIGHT, WIDTH = 320, 256
Rgb = tuple[int, int, int]


def overlap(shot: Packshot | None, truth: np.ndarray) -> float:
    """Intersection over union."""
    assert shot is not None
    found = shot.mask
    assert (found.shape, found.dtype) == (truth.shape, np.bool_)
    return float((found & truth).sum() / (found | truth).sum())


def rectangle(top: int, left: int, bottom: int, right: int) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    mask[top:bottom, left:right] = True
    return mask


def shirt() -> np.ndarray:
    """The outline of a T-shirt."""
    corners = [(70, 60), (105, 50), (150, 50), (185, 60), (225, 120), (195, 140), (180, 120)]
    corners += [(180, 260), (75, 260), (75, 120), (60, 140), (30, 120)]
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.array(corners, np.int32)], 1)
    return mask > 0


def draw(
    product: np.ndarray,
    rgb: Rgb,
    backdrop: Rgb = (255, 255, 255),
    shadow: float = 0.0,
    vignette: float = 0.0,
    noise: float = 1.0,
    rounded: float = 0.0,
) -> np.ndarray:
    """A product before a backdrop: a soft shadow to its lower right, and darker corners.

    A rounded product is darker towards its own edge.
    """
    generator = np.random.default_rng(11)
    y, x = np.mgrid[-1 : 1 : HEIGHT * 1j, -1 : 1 : WIDTH * 1j]
    picture = np.array(backdrop) * (1 - vignette * (x * x + y * y) / 2)[..., None]
    moved = np.pad(product.astype(np.float32), ((6, 0), (5, 0)))[:HEIGHT, :WIDTH]
    cast = cv2.GaussianBlur(moved, (0, 0), 8)
    picture *= 1 - shadow * cast[..., None]
    soft = cv2.GaussianBlur(product.astype(np.float32), (0, 0), 0.7)[..., None]
    inside = cv2.distanceTransform(product.astype(np.uint8), cv2.DIST_L2, 5)[..., None]
    picture = picture * (1 - soft) + np.array(rgb) * (1 - rounded * np.exp(-inside / 6)) * soft
    picture += generator.normal(0, noise, picture.shape)
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("rgb", [(20, 20, 24), (200, 30, 40), (128, 128, 128), (230, 205, 170)])
@pytest.mark.parametrize("backdrop", [(255, 255, 255), (238, 236, 232), (120, 150, 190)])
def test_a_product_on_a_plain_backdrop_is_cut(rgb: Rgb, backdrop: Rgb) -> None:
    truth = shirt()
    assert overlap(cut(draw(truth, rgb, backdrop, shadow=0.2)), truth) > 0.95


def test_a_white_shirt_on_white_is_found_by_its_outline() -> None:
    truth = shirt()
    picture = draw(truth, (250, 250, 249), shadow=0.18, noise=0.5, rounded=0.06)
    assert overlap(cut(picture), truth) > 0.9


@pytest.mark.parametrize("shadow", [0.1, 0.25, 0.4])
def test_a_soft_shadow_is_backdrop(shadow: float) -> None:
    truth = shirt()
    assert overlap(cut(draw(truth, (150, 40, 60), shadow=shadow)), truth) > 0.93


def test_a_vignette_is_backdrop() -> None:
    truth = shirt()
    picture = draw(truth, (60, 90, 150), (235, 235, 235), vignette=0.25)
    assert overlap(cut(picture), truth) > 0.95


@pytest.mark.parametrize("side", range(4))
def test_a_product_may_touch_one_border(side: int) -> None:
    truth = rectangle(160, 70, HEIGHT, 190)
    turned = np.rot90(truth, side)
    picture = np.rot90(draw(truth, (40, 60, 120), shadow=0.15), side)
    assert overlap(cut(np.ascontiguousarray(picture)), turned) > 0.95


def test_a_hole_through_which_the_backdrop_is_seen_stays_a_hole() -> None:
    truth = rectangle(150, 60, 280, 200)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    radius = np.hypot(y - 150, x - 130)
    truth |= (radius < 68) & (radius > 48) & (y < 150)
    found = cut(draw(truth, (110, 50, 30), shadow=0.1))
    assert overlap(found, truth) > 0.95
    assert found is not None
    assert not found.mask[125, 130]


def test_a_white_print_on_a_dark_shirt_on_white_is_no_hole_when_it_is_most_of_it() -> None:
    truth = rectangle(60, 60, 260, 200)
    picture = draw(truth, (250, 250, 250), noise=0.5)
    picture[60:66, 60:200] = picture[254:260, 60:200] = (30, 30, 60)
    picture[60:260, 60:66] = picture[60:260, 194:200] = (30, 30, 60)
    assert overlap(cut(picture), truth) > 0.95


def test_a_pair_of_shoes_stays_a_pair_and_specks_go() -> None:
    truth = rectangle(100, 40, 160, 110) | rectangle(180, 130, 240, 220)
    picture = draw(truth, (20, 80, 50))
    picture[20:23, 200:203] = (90, 90, 90)
    assert overlap(cut(picture), truth) > 0.95


def test_a_large_picture_is_cut_at_its_own_size() -> None:
    truth = cv2.resize(shirt().astype(np.uint8), None, fx=6, fy=6) > 0
    picture = cv2.resize(draw(shirt(), (150, 40, 60), shadow=0.2), None, fx=6, fy=6)
    assert overlap(cut(picture), truth) > 0.95


@pytest.mark.parametrize("kind", [0, 4, 7, 11, 19, 26])
def test_rendered_packshots_are_cut(kind: int) -> None:
    look = render(kind, "packshot", (384, 256))
    assert overlap(cut(look.pixels), look.labels > 0) > 0.9


@pytest.mark.parametrize("rgb", [(255, 255, 255), (0, 0, 0), (128, 128, 128)])
def test_a_backdrop_alone_is_no_packshot(rgb: Rgb) -> None:
    assert cut(np.full((HEIGHT, WIDTH, 3), rgb, np.uint8)) is None
    assert cut(draw(np.zeros((HEIGHT, WIDTH), np.bool_), rgb, rgb)) is None


def test_too_little_and_too_much_is_no_packshot() -> None:
    assert cut(draw(rectangle(150, 120, 170, 140), (20, 20, 20), noise=0)) is None
    assert cut(draw(rectangle(4, 4, HEIGHT - 4, WIDTH - 4), (20, 20, 20), noise=0)) is None


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 300), (15, 15), (300, 9)])
def test_a_tiny_picture_is_no_packshot(size_hw: tuple[int, int]) -> None:
    assert cut(np.zeros((*size_hw, 3), np.uint8)) is None


def test_a_border_of_two_colours_is_no_backdrop() -> None:
    picture = draw(shirt(), (200, 30, 40))
    # A floor: light falls off on it, and no shop drew it.
    picture[220:] = np.linspace((90, 70, 50), (120, 96, 70), 100)[:, None].astype(np.uint8)
    assert cut(picture) is None


def test_a_busy_border_is_no_backdrop() -> None:
    noise = np.random.default_rng(2).integers(0, 256, (HEIGHT // 8, WIDTH // 8, 3))
    busy = cv2.resize(noise.astype(np.uint8), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    assert cut(busy) is None


def test_the_backdrop_behind_the_product_follows_from_the_border() -> None:
    empty = draw(np.zeros((HEIGHT, WIDTH), np.bool_), (0, 0, 0), (230, 228, 224), vignette=0.2)
    lab = rgb_to_lab(empty)
    lab[100:200, 80:180] = 0
    backdrop = find_backdrop(lab)
    assert backdrop is not None
    behind = backdrop.surface[100:200, 80:180] - rgb_to_lab(empty)[100:200, 80:180]
    assert np.linalg.norm(behind, axis=2).mean() < 2


@given(st.integers(0, 2**32 - 1), st.integers(16, 90), st.integers(16, 90))
@settings(max_examples=25)
def test_any_picture_gives_a_mask_of_its_own_size_or_none(seed: int, high: int, wide: int) -> None:
    generator = np.random.default_rng(seed)
    picture = np.full((high, wide, 3), generator.integers(0, 256, 3), np.uint8)
    top, left = generator.integers(0, high), generator.integers(0, wide)
    picture[top : top + high // 2, left : left + wide // 2] = generator.integers(0, 256, 3)
    found = cut(picture)
    if found is not None:
        assert (found.mask.shape, found.mask.dtype) == ((high, wide), np.bool_)
        assert 0.01 <= found.mask.mean() <= 0.95


@pytest.mark.skipif(not CCP.is_dir(), reason="needs the labelled photos in ../shared/ccp")
def test_street_photos_are_no_packshots() -> None:
    folder = LabelledFolder(CCP)
    assert [i for i in folder.ids()[7:500:41] if cut(folder.photo(i)) is not None] == []
