"""Alpha that cuts a product out is its mask; drawn shapes, shadows and colour keys are not."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.unit.worker.imaging.packshot.test_cut import HEIGHT, WIDTH, overlap, rectangle, shirt
from worker.imaging.packshot.alpha import cut_by_alpha
from worker.imaging.packshot.cut import cut
from worker.stages.decoding.decoded import Decoded

Rgb = tuple[int, int, int]
RED, WHITE, BLACK, PINK = (200, 60, 60), (255, 255, 255), (20, 20, 22), (230, 120, 150)
WHOLE = (HEIGHT, WIDTH)


def soft(mask: np.ndarray, width: float = 0.8) -> np.ndarray:
    """A mask with an edge that is about two pixels wide, 0..1."""
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), width)


def picture(rgb: Rgb, opacity: np.ndarray, noise: float = 0.0) -> Decoded:
    """Cloth of one colour, laid on white by an opacity of 0..1."""
    grain = np.random.default_rng(5).normal(0, noise, (*opacity.shape, 3))
    colours = np.clip(np.rint(np.array(rgb) + grain), 0, 255).astype(np.uint8)
    return Decoded.on_white(colours, np.rint(opacity * 255).astype(np.uint8))


def with_shadow(rgb: Rgb, opacity: float, blur: float) -> Decoded:
    """A shirt and, below it, a black shadow of that opacity."""
    cloth = soft(shirt())
    moved = np.roll(shirt().astype(np.float32), (10, 7), (0, 1))
    shadow = cv2.GaussianBlur(moved, (0, 0), blur) * opacity * (1 - cloth)
    both = cloth + shadow
    mixed = np.array(rgb) * (cloth / np.maximum(both, 1e-6))[..., None]
    return Decoded.on_white(np.rint(mixed).astype(np.uint8), np.rint(both * 255).astype(np.uint8))


def cut_out(decoded: Decoded) -> np.ndarray | None:
    assert decoded.alpha is not None
    found = cut_by_alpha(decoded.pixels, decoded.alpha)
    return None if found is None else found.mask


@pytest.mark.parametrize("rgb", [WHITE, (244, 243, 240), RED, BLACK])
def test_alpha_is_the_mask_whatever_the_colour(rgb: Rgb) -> None:
    decoded = picture(rgb, soft(shirt()))
    assert decoded.alpha is not None
    found = cut_by_alpha(decoded.pixels, decoded.alpha)
    assert found is not None
    assert np.array_equal(found.mask, decoded.alpha >= 128)
    assert found.certainty > 0.98


def test_of_a_white_shirt_with_a_print_alpha_has_the_whole() -> None:
    decoded = picture(WHITE, soft(shirt()))
    decoded.pixels[110:160, 100:150] = (200, 20, 30)
    assert overlap(cut(decoded.pixels), shirt()) < 0.2
    found = cut_out(decoded)
    assert found is not None
    assert (found & shirt()).sum() / (found | shirt()).sum() > 0.99


def test_a_large_picture_keeps_the_detail_of_its_alpha() -> None:
    """A fringe of threads four pixels wide, of which nothing is left at the working size."""
    alpha = np.zeros((2400, 1800), np.uint8)
    alpha[300:1800, 400:1400] = 255
    for left in range(400, 1400, 16):
        alpha[1800:2000, left : left + 8] = 255
    alpha[700:900, 350:450] = 255
    decoded = Decoded.on_white(np.full((2400, 1800, 3), RED, np.uint8), alpha)
    found = cut_out(decoded)
    assert found is not None
    assert (found == (alpha > 0)).mean() > 0.999


@pytest.mark.parametrize("opacity", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("blur", [4, 12])
def test_a_half_transparent_shadow_is_not_the_product(opacity: float, blur: float) -> None:
    decoded = with_shadow(RED, opacity, blur)
    assert decoded.alpha is not None
    found = cut_by_alpha(decoded.pixels, decoded.alpha)
    assert overlap(found, shirt()) > 0.96
    # The product's edge is less clear there, and it says so.
    assert found is not None
    assert 0.6 < found.certainty < 1


@pytest.mark.parametrize(("rgb", "opacity"), [(PINK, 0.35), (BLACK, 0.6)])
def test_a_veil_is_cloth(rgb: Rgb, opacity: float) -> None:
    """Sleeves of chiffon or mesh: half transparent, but with a sharp end."""
    sheer = shirt() & ~rectangle(0, 80, HEIGHT, 175)
    found = cut_out(picture(rgb, soft(shirt()) * np.where(sheer, opacity, 1)))
    assert found is not None
    assert (found & shirt()).sum() / (found | shirt()).sum() > 0.94


def test_a_layer_of_less_than_full_opacity_is_cut_as_it_is() -> None:
    full, pale = (cut_out(picture(RED, soft(shirt()) * most)) for most in (1.0, 0.4))
    assert full is not None
    assert pale is not None
    assert (full != pale).mean() < 0.002


def test_lace_is_whole() -> None:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    found = cut_out(picture(BLACK, soft(shirt() & ~((y % 4 < 2) & (x % 4 < 2)), 0.3)))
    assert found is not None
    assert (found & shirt()).sum() / (found | shirt()).sum() > 0.95


def test_both_shoes_and_the_hole_of_a_handle_stay() -> None:
    shoes = rectangle(150, 30, 200, 110) | rectangle(160, 140, 210, 220)
    shoes |= rectangle(140, 40, 150, 90)
    shoes &= ~rectangle(165, 60, 185, 80)
    found = cut_out(picture(RED, shoes.astype(np.float32)))
    assert found is not None
    assert np.array_equal(found, shoes)


def test_a_badge_in_a_corner_comes_off() -> None:
    badge = rectangle(8, 8, 40, 60)
    found = cut_out(picture(RED, (shirt() | badge).astype(np.float32)))
    assert found is not None
    assert np.array_equal(found, shirt())


def rounded(radius: int) -> np.ndarray:
    alpha = np.zeros(WHOLE, np.uint8)
    bottom, right = HEIGHT - radius - 1, WIDTH - radius - 1
    alpha[radius : bottom + 1] = alpha[:, radius : right + 1] = 255
    for middle in ((radius, radius), (right, radius), (radius, bottom), (right, bottom)):
        cv2.circle(alpha, middle, radius, (255,), -1, cv2.LINE_AA)
    return alpha / 255


def ellipse(width: int, height: int) -> np.ndarray:
    alpha = np.zeros(WHOLE, np.uint8)
    middle = (WIDTH // 2, HEIGHT // 2)
    cv2.ellipse(alpha, middle, (width, height), 0, 0, 360, (255,), -1, cv2.LINE_AA)
    return alpha / 255


def tilted() -> np.ndarray:
    alpha = np.zeros(WHOLE, np.uint8)
    corners = cv2.boxPoints(((WIDTH / 2, HEIGHT / 2), (180, 220), 8)).astype(np.int32)
    cv2.fillPoly(alpha, [corners], (255,), cv2.LINE_AA)
    return alpha / 255


def framed_with_shadow() -> np.ndarray:
    inside = rectangle(40, 40, 270, 210)
    return np.maximum(inside, 0.5 * soft(np.roll(inside, 8, 0), 8))


def stray(share: float) -> np.ndarray:
    return (np.random.default_rng(2).random(WHOLE) < share).astype(np.float32)


DRAWN: dict[str, Callable[[], np.ndarray]] = {
    "all clear": lambda: np.zeros(WHOLE),
    "hardly there": lambda: np.where(shirt(), 0.05, 0),
    "all half": lambda: np.full(WHOLE, 0.5),
    "nearly opaque": lambda: np.where(stray(0.5), 1, 254 / 255),
    "stray clear pixels": lambda: 1 - stray(0.01),
    "stray opaque pixels": lambda: stray(0.012),
    "rounded": lambda: rounded(20),
    "rounded, soft": lambda: soft(rounded(20), 3),
    "rounded, deep": lambda: rounded(100),
    "one corner": lambda: 1.0 - rectangle(0, 0, 30, 30),
    "circle": lambda: ellipse(110, 110),
    "ellipse": lambda: ellipse(127, 159),
    "inset": lambda: rectangle(40, 30, 280, 220).astype(float),
    "inset, fading": lambda: soft(rectangle(40, 30, 280, 220), 8),
    "inset, with a shadow": framed_with_shadow,
    "tilted": tilted,
    "strip": lambda: 1.0 - rectangle(280, 0, HEIGHT, WIDTH),
}


@pytest.mark.parametrize("opacity", DRAWN.values(), ids=DRAWN)
def test_alpha_that_cuts_no_product_out_is_not_used(opacity: Callable[[], np.ndarray]) -> None:
    alpha = np.rint(opacity() * 255).astype(np.uint8)
    photo = np.random.default_rng(3).integers(0, 256, (*WHOLE, 3)).astype(np.uint8)
    assert cut_by_alpha(photo, alpha) is None


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 300), (15, 300), (15, 15)])
def test_tiny_pictures_are_not_cut(size_hw: tuple[int, int]) -> None:
    alpha = np.zeros(size_hw, np.uint8)
    alpha[:, : size_hw[1] // 2] = 255
    assert cut_by_alpha(np.zeros((*size_hw, 3), np.uint8), alpha) is None


def keyed(pixels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A picture of which all that is white was made transparent."""
    return pixels, np.where((pixels == 255).all(-1), 0, 255).astype(np.uint8)


def test_where_a_key_took_cloth_away_colours_tell_the_rest() -> None:
    """A pale shirt whose front is as white as the paper: the key leaves a rim of it."""
    pixels = picture((236, 234, 228), shirt().astype(np.float32)).pixels
    pixels[80:250, 90:165] = 255
    found = cut_by_alpha(*keyed(pixels))
    assert overlap(found, shirt()) > 0.97


def test_a_key_is_no_surer_than_the_colours() -> None:
    pixels = picture((247, 246, 244), shirt().astype(np.float32), noise=1.5).pixels
    found = cut_by_alpha(*keyed(pixels))
    assert overlap(found, shirt()) > 0.97
    assert found is not None
    assert found.certainty < 0.5


def test_hard_alpha_that_was_no_key_is_the_mask() -> None:
    decoded = picture(WHITE, shirt().astype(np.float32))
    decoded.pixels[110:160, 100:150] = (20, 30, 90)
    found = cut_out(decoded)
    assert found is not None
    assert np.array_equal(found, shirt())
