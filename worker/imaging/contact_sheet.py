"""A contact sheet: pictures in rows, each under its caption, above a legend of colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from shared.errors import ColourwayError
from worker.imaging.canvas import make_fit, onto_canvas
from worker.imaging.regions import Pixels

SUFFIXES: Final = (".png", ".jpg")
PICTURE_HW: Final = (480, 320)
TILES_A_ROW: Final = 5
MARGIN: Final = 4
CAPTION_HEIGHT: Final = 26
ENTRY_HW: Final = (30, 190)
PAPER: Final = 255


class SheetError(ColourwayError):
    """A contact sheet cannot be written."""


@dataclass(frozen=True)
class Tile:
    """Pictures side by side, RGB uint8 (H, W, 3) of any size, under one caption."""

    caption: str
    pictures: tuple[Pixels, ...]

    def draw(self) -> Pixels:
        """The tile with its margin, RGB uint8."""
        fitted = [onto_canvas(p, make_fit(_size_hw(p), PICTURE_HW)) for p in self.pictures]
        row = np.hstack(fitted)
        caption = np.full((CAPTION_HEIGHT, row.shape[1], 3), PAPER, np.uint8)
        write(caption, self.caption, left=4)
        tile = np.vstack([caption, row])
        margins = ((MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0))
        return np.pad(tile, margins, constant_values=PAPER).astype(np.uint8)


def lay_out(tiles: Sequence[Tile], legend: Sequence[tuple[str, Sequence[int]]] = ()) -> Pixels:
    """Lay tiles out in rows.

    Args:
        tiles: at least one, each of as many pictures.
        legend: names with their colours, RGB; drawn below the tiles.

    Returns:
        RGB uint8 (H, W, 3).

    Raises:
        ValueError: there are no tiles.
    """
    if not tiles:
        raise ValueError("a contact sheet needs at least one tile")
    sheet = _rows([tile.draw() for tile in tiles], TILES_A_ROW)
    if not legend:
        return sheet
    entries = [_entry(name, colour) for name, colour in legend]
    key = _rows(entries, max(1, sheet.shape[1] // ENTRY_HW[1]))
    width = max(sheet.shape[1], key.shape[1])
    return np.vstack([_widen(sheet, width), _widen(key, width)])


def save(sheet: Pixels, target: Path) -> None:
    """Write a sheet as ``.png`` or ``.jpg``; folders are made.

    Raises:
        SheetError: the file cannot be written.
    """
    content = cv2.imencode(target.suffix, cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))[1]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.tobytes())
    except OSError as error:
        raise SheetError(f"{target} cannot be written: {error}") from error


def write(onto: Pixels, text: str, left: int) -> None:
    """Write one line of text into a strip, in place."""
    place = (left, onto.shape[0] // 2 + 5)
    cv2.putText(onto, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)


def _entry(name: str, colour: Sequence[int]) -> Pixels:
    entry = np.full((*ENTRY_HW, 3), PAPER, np.uint8)
    entry[5:-5, 6:34] = 0
    entry[6:-6, 7:33] = colour
    write(entry, name, left=40)
    return entry


def _rows(tiles: list[Pixels], most: int) -> Pixels:
    width = min(len(tiles), most)
    blank = np.full_like(tiles[0], PAPER)
    rows = [tiles[i : i + width] for i in range(0, len(tiles), width)]
    return np.vstack([np.hstack(row + [blank] * (width - len(row))) for row in rows])


def _widen(picture: Pixels, width: int) -> Pixels:
    missing = width - picture.shape[1]
    return np.pad(picture, ((0, 0), (0, missing), (0, 0)), constant_values=PAPER).astype(np.uint8)


def _size_hw(picture: npt.NDArray[np.uint8]) -> tuple[int, int]:
    return picture.shape[0], picture.shape[1]
