import numpy as np
import pytest

from worker.imaging.colours.legs import shows_legs

SKINS = [(241, 200, 175), (200, 150, 120), (141, 85, 54), (84, 52, 38)]
DENIM, BEIGE = (60, 75, 120), (200, 170, 130)


def below_the_hips(above: tuple[int, ...], limbs: tuple[int, ...], legs: int = 2) -> tuple:
    """Something 100 high, of which limbs come out from the middle on, and its mask."""
    pixels = np.full((140, 100, 3), 255, np.uint8)
    mask = np.zeros((140, 100), bool)
    mask[20:70, 20:80] = True
    pixels[20:70, 20:80] = above
    for left in (22, 56)[:legs]:
        mask[70:120, left : left + 20] = True
        pixels[70:120, left : left + 20] = limbs
    return pixels, mask


@pytest.mark.parametrize("skin", SKINS)
def test_bare_legs_out_of_shorts(skin: tuple[int, int, int]) -> None:
    assert shows_legs(*below_the_hips(DENIM, skin))


def test_covered_legs() -> None:
    assert not shows_legs(*below_the_hips(DENIM, DENIM))
    assert not shows_legs(*below_the_hips(BEIGE, (30, 30, 34)))


def test_trousers_with_the_colour_of_skin_all_over() -> None:
    assert not shows_legs(*below_the_hips(BEIGE, BEIGE))


def test_one_limb_is_a_strap_or_a_handle() -> None:
    assert not shows_legs(*below_the_hips(DENIM, SKINS[1], legs=1))


def test_nothing_has_no_legs() -> None:
    assert not shows_legs(np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), bool))
    assert not shows_legs(np.zeros((0, 0, 3), np.uint8), np.zeros((0, 0), bool))
