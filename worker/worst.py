"""The worst photos of an evaluation, laid out to be looked at."""

import heapq
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from worker.imaging.canvas import make_fit, onto_canvas
from worker.imaging.regions import Mask, Pixels

SUFFIXES: Final = (".png", ".jpg")
TILE_HW: Final = (480, 320)
PAIRS_A_ROW: Final = 5
MISSED: Final = (235, 40, 40)
EXTRA: Final = (40, 110, 235)
CAPTION_HEIGHT: Final = 26


@dataclass(frozen=True, order=True)
class Photo:
    """A photo beside its person mask, found and labelled; the smaller its IoU, the worse."""

    iou: float
    photo_id: str
    pixels: Pixels = field(compare=False)
    found: Mask = field(compare=False)
    labelled: Mask = field(compare=False)


class Worst:
    """Keeps the ``count`` photos of the smallest IoU; the others are forgotten at once."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._heap: list[tuple[float, str, Photo]] = []

    def add(self, photo: Photo) -> None:
        """Consider one photo."""
        entry = (-photo.iou, photo.photo_id, photo)
        if len(self._heap) < self.count:
            heapq.heappush(self._heap, entry)
        elif self.count:
            heapq.heappushpop(self._heap, entry)

    @property
    def photos(self) -> list[Photo]:
        """The worst first."""
        return sorted(photo for _, _, photo in self._heap)

    def draw(self, target: Path) -> None:
        """Write a contact sheet, ``.png`` or ``.jpg``: each photo, and beside it what went wrong.

        Red is what was missed of the person, blue what was taken for the person and is not.

        Raises:
            OSError: the folder cannot be written.
        """
        pairs = [_pair(photo) for photo in self.photos]
        blank = np.full_like(pairs[0], 255)
        rows = [pairs[i : i + PAIRS_A_ROW] for i in range(0, len(pairs), PAIRS_A_ROW)]
        width = min(len(pairs), PAIRS_A_ROW)
        sheet = np.vstack([np.hstack(row + [blank] * (width - len(row))) for row in rows])
        target.parent.mkdir(parents=True, exist_ok=True)
        if not cv2.imwrite(str(target), cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR)):
            raise OSError(f"{target} cannot be written")


def _pair(photo: Photo) -> Pixels:
    """A photo and its mistakes side by side under a caption, with a white margin."""
    faded = photo.pixels // 2 + 100
    faded[photo.found & photo.labelled] = photo.pixels[photo.found & photo.labelled]
    faded[photo.labelled & ~photo.found] = MISSED
    faded[photo.found & ~photo.labelled] = EXTRA
    fit = make_fit(photo.labelled.shape, TILE_HW)
    tiles = np.hstack([onto_canvas(photo.pixels, fit), onto_canvas(faded, fit)])
    caption = np.full((CAPTION_HEIGHT, tiles.shape[1], 3), 255, np.uint8)
    text = f"{photo.photo_id}  IoU {photo.iou:.3f}"
    cv2.putText(caption, text, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (0, 0, 0), 1, cv2.LINE_AA)
    pair = np.vstack([caption, tiles])
    return np.pad(pair, ((4, 4), (4, 4), (0, 0)), constant_values=255).astype(np.uint8)
