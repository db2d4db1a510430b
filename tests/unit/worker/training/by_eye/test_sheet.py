"""What a sheet shows: the photo, the same with tints and numbers, and what they are called."""

import numpy as np
import pytest

from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import Pixels
from worker.training.by_eye.segments import NumberedPhoto
from worker.training.by_eye.sheet import TINTS, draw_sheet

TOP = PARTS.index("top")


def sheet(light: int) -> tuple[Pixels, Pixels]:
    """Both halves of a sheet: a square of a top in the middle of a photo of one lightness."""
    labels = np.zeros((200, 200), np.uint8)
    labels[50:150, 50:150] = TOP
    photo = NumberedPhoto(labels, (labels > 0).astype(np.uint8), np.zeros((100, 100, 14), np.uint8))
    drawn = draw_sheet("0042", np.full((200, 200, 3), light, np.uint8), photo, labels > 0)
    return drawn[20:780, :370], drawn[20:780, 380:]


@pytest.mark.parametrize("light", [0, 128, 255])
def test_a_number_is_white_on_black_whatever_the_photo(light: int) -> None:
    plain, tinted = sheet(light)
    height, width = 370, 370  # the photo's part that is shown, as large as it fits
    middle = tinted[height // 2 - 12 : height // 2 + 12, width // 2 - 12 : width // 2 + 12]
    assert (middle == 0).all(axis=-1).sum() > 60
    assert (middle > 180).all(axis=-1).sum() > 10
    assert (plain[:height, :width] == light).all()


def test_a_segment_has_its_part_s_tint_and_a_white_edge() -> None:
    _, tinted = sheet(0)
    inside = tinted[100, 100]
    np.testing.assert_allclose(inside, 0.45 * np.array(TINTS["top"]), atol=1)
    assert (tinted[:370, :370] == 255).all(axis=-1).sum() > 900


def test_every_part_but_the_background_has_a_tint_of_its_own() -> None:
    assert set(TINTS) == set(PARTS[1:])
    assert len(set(TINTS.values())) == len(TINTS)
