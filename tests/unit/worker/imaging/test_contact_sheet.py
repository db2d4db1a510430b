"""Contact sheets: where things stand on them."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from worker.imaging.contact_sheet import (
    CAPTION_HEIGHT,
    ENTRY_HW,
    MARGIN,
    PICTURE_HW,
    TILES_A_ROW,
    Tile,
    lay_out,
    save,
)

HEIGHT = PICTURE_HW[0] + CAPTION_HEIGHT + 2 * MARGIN


def tile(level: int, pictures: int = 1) -> Tile:
    return Tile(f"{level:04d}", (np.full((60, 40, 3), level, np.uint8),) * pictures)


@pytest.mark.parametrize("pictures", [1, 2, 3])
def test_tiles_stand_in_rows_in_their_order(pictures: int) -> None:
    width = pictures * PICTURE_HW[1] + 2 * MARGIN
    sheet = lay_out([tile(10 * index, pictures) for index in range(TILES_A_ROW + 2)])
    assert sheet.shape == (2 * HEIGHT, TILES_A_ROW * width, 3)
    rows, columns = (HEIGHT // 2, HEIGHT + HEIGHT // 2), range(width // 2, sheet.shape[1], width)
    middles = [[int(sheet[row, column, 0]) for column in columns] for row in rows]
    assert middles == [[0, 10, 20, 30, 40], [50, 60, 255, 255, 255]]


def test_a_caption_is_written_above() -> None:
    sheet = lay_out([tile(200)])
    assert sheet[MARGIN : MARGIN + CAPTION_HEIGHT].min() < 100
    assert sheet[MARGIN + CAPTION_HEIGHT :].min() == 200


def test_the_legend_shows_each_colour() -> None:
    legend = [("skin", (255, 0, 0)), ("hair", (0, 255, 0)), ("a dress", (1, 2, 3))]
    sheet = lay_out([tile(200)], legend)
    # One tile leaves room for one entry a row.
    assert sheet.shape[0] == HEIGHT + 3 * ENTRY_HW[0]
    middles = [sheet[HEIGHT + row * ENTRY_HW[0] + ENTRY_HW[0] // 2, 20] for row in range(3)]
    assert [middle.tolist() for middle in middles] == [list(colour) for _, colour in legend]


def test_no_tiles_make_no_sheet() -> None:
    with pytest.raises(ValueError, match="at least one"):
        lay_out([])


def test_a_sheet_is_saved_in_its_colours(tmp_path: Path) -> None:
    save(np.full((4, 4, 3), (200, 10, 30), np.uint8), tmp_path / "new" / "sheet.png")
    saved = cv2.imread(str(tmp_path / "new" / "sheet.png"), cv2.IMREAD_COLOR_RGB)
    assert saved is not None
    assert saved[0, 0].tolist() == [200, 10, 30]
