"""The worst photos of an evaluation, laid out to be looked at."""

import heapq
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from worker.imaging.contact_sheet import Tile, lay_out, save
from worker.imaging.regions import Mask, Pixels

MISSED: Final = (235, 40, 40)
EXTRA: Final = (40, 110, 235)


@dataclass(frozen=True, order=True)
class Photo:
    """A photo beside its person mask, found and labelled; the smaller its IoU, the worse."""

    iou: float
    photo_id: str
    pixels: Pixels = field(compare=False)
    found: Mask = field(compare=False)
    labelled: Mask = field(compare=False)


class WorstPhotos:
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
            SheetError: the file cannot be written.
        """
        legend = [("missed", MISSED), ("too much", EXTRA)]
        save(lay_out([_tile(photo) for photo in self.photos], legend), target)


def _tile(photo: Photo) -> Tile:
    faded = photo.pixels // 2 + 100
    faded[photo.found & photo.labelled] = photo.pixels[photo.found & photo.labelled]
    faded[photo.labelled & ~photo.found] = MISSED
    faded[photo.found & ~photo.labelled] = EXTRA
    return Tile(f"{photo.photo_id}  IoU {photo.iou:.3f}", (photo.pixels, faded))
