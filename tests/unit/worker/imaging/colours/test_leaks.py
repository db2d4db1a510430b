"""How much of the clothes looks like skin."""

import numpy as np
import pytest

from shared.colour.cielab import rgb_to_lab
from worker.imaging.colours.leaks import LEAST_SHARE, skin_share
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import CLOTHES, SKIN

TONES = [(236, 200, 178), (198, 150, 122), (120, 80, 62), (70, 46, 38)]


def share(tone: tuple[int, int, int], cloth: tuple[int, int, int], rows: int) -> float:
    """The last so many of 200 rows of a garment are skin that was taken for clothes."""
    pixels = np.full((240, 100, 3), cloth, np.uint8)
    labels = np.full((240, 100), CLOTHES, np.uint8)
    pixels[:40], labels[:40] = tone, SKIN
    # Legs lie in another light than the face.
    pixels[240 - rows :] = np.array(tone) * 0.93
    lightness, a, b = rgb_to_lab(np.array(tone, np.uint8)).tolist()
    return skin_share(working_picture(pixels, labels), ((lightness, a, b),))


@pytest.mark.parametrize("tone", TONES)
def test_skin_of_every_tone_is_found_in_clothes(tone: tuple[int, int, int]) -> None:
    assert share(tone, (40, 70, 160), 50) == pytest.approx(0.25, abs=0.01)
    assert share(tone, (40, 70, 160), 0) == 0 < LEAST_SHARE


@pytest.mark.parametrize("cloth", [(250, 248, 240), (150, 150, 150), (200, 40, 50), (15, 15, 18)])
def test_other_cloths_are_no_skin(cloth: tuple[int, int, int]) -> None:
    assert share(TONES[1], cloth, 0) == 0


def test_without_skin_or_clothes_nothing_leaks() -> None:
    pixels = np.full((30, 30, 3), TONES[0], np.uint8)
    clothes = working_picture(pixels, np.full((30, 30), CLOTHES, np.uint8))
    bare = working_picture(pixels, np.full((30, 30), SKIN, np.uint8))
    assert skin_share(clothes, ()) == 0
    assert skin_share(bare, ((80.0, 10.0, 15.0),)) == 0
