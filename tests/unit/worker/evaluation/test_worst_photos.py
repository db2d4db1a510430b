"""The contact sheet of the worst photos."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from worker.evaluation.worst_photos import EXTRA, MISSED, Photo, WorstPhotos
from worker.imaging.contact_sheet import CAPTION_HEIGHT, ENTRY_HW, PICTURE_HW, SheetError


def photo(iou: float, photo_id: str) -> Photo:
    """Grey; labelled in the upper half, found in the left half."""
    upper, left = np.zeros((60, 40), bool), np.zeros((60, 40), bool)
    upper[:30], left[:, :20] = True, True
    return Photo(iou, photo_id, np.full((60, 40, 3), 90, np.uint8), left, upper)


def test_the_worst_are_kept_and_come_worst_first() -> None:
    worst = WorstPhotos(2)
    for index, iou in enumerate((0.9, 0.5, 0.7, 0.5, 0.95)):
        worst.add(photo(iou, f"{index:04d}"))
    assert [(kept.iou, kept.photo_id) for kept in worst.photos] == [(0.5, "0001"), (0.5, "0003")]


def test_none_are_kept_where_none_are_wanted() -> None:
    worst = WorstPhotos(0)
    worst.add(photo(0.1, "0001"))
    assert worst.photos == []


def test_the_sheet_shows_what_was_missed_and_what_is_extra(tmp_path: Path) -> None:
    worst = WorstPhotos(7)
    for index in range(7):
        worst.add(photo(index / 10, f"{index:04d}"))
    worst.draw(tmp_path / "sheets" / "worst.png")
    sheet = cv2.cvtColor(cv2.imread(str(tmp_path / "sheets" / "worst.png")), cv2.COLOR_BGR2RGB)
    height, width = PICTURE_HW[0] + CAPTION_HEIGHT + 8, 2 * PICTURE_HW[1] + 8
    assert sheet.shape == (2 * height + ENTRY_HW[0], 5 * width, 3)
    tile = sheet[4 + CAPTION_HEIGHT : height - 4, 4 + PICTURE_HW[1] : width - 4]
    quarter = [(y, x) for y in (1, 3) for x in (1, 3)]
    found = [tile[y * PICTURE_HW[0] // 4, x * PICTURE_HW[1] // 4].tolist() for y, x in quarter]
    assert found == [[90] * 3, list(MISSED), list(EXTRA), [145] * 3]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    worst = WorstPhotos(1)
    worst.add(photo(0.5, "0001"))
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(SheetError, match=r"worst\.png cannot be written"):
        worst.draw(tmp_path / "file" / "worst.png")
