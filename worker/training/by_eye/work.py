"""A folder to label photos in: sheets to look at, and what the networks saw of each photo."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from worker.imaging.contact_sheet import save
from worker.imaging.regions import Pixels
from worker.stages.grey_fill import widen
from worker.training.by_eye.answers import AnswerError, SeenOutfit
from worker.training.by_eye.segments import NumberedPhoto
from worker.training.by_eye.sheet import draw_sheet
from worker.training.data.teacher import Teacher

MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in an archive of labels: the same labels make the same bytes."""


@dataclass(frozen=True)
class LabellingFolder:
    """Where photos are labelled: ``sheets/ID.png`` to look at, ``photos/ID.npz`` to go on from."""

    root: Path

    def waiting(self, photos: Path) -> list[Path]:
        """The photos of a folder, ``*.jpg``, that have no sheet yet."""
        return [
            path for path in sorted(photos.glob("*.jpg")) if not self._sheet(path.stem).exists()
        ]

    def draw(self, path: Path, teacher: Teacher) -> bool:
        """Draw a photo's sheet; False where it is no picture, or the networks find nobody in it."""
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            return False
        pixels: Pixels = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB).astype(np.uint8)
        taught = teacher(pixels)
        if taught is None:
            return False
        photo = NumberedPhoto.of(pixels, taught)
        self._kept(path.stem).parent.mkdir(parents=True, exist_ok=True)
        photo.save(self._kept(path.stem))
        save(draw_sheet(path.stem, pixels, photo, widen(taught.found)), self._sheet(path.stem))
        return True

    def labels(
        self, seen: dict[str, SeenOutfit], complaints: list[str]
    ) -> Iterator[tuple[str, bytes]]:
        """The labels of each answered photo as PNG; what does not fit becomes a complaint."""
        for photo_id, outfit in seen.items():
            if not self._kept(photo_id).is_file():
                complaints.append(f"{photo_id}: there is no such photo in {self.root}")
                continue
            try:
                labels = outfit.applied(NumberedPhoto.load(self._kept(photo_id)))
            except AnswerError as error:
                complaints.append(f"{photo_id}: {error}")
                continue
            best = [cv2.IMWRITE_PNG_COMPRESSION, 9]
            yield photo_id, cv2.imencode(".png", labels, best)[1].tobytes()

    def _sheet(self, photo_id: str) -> Path:
        return self.root / "sheets" / f"{photo_id}.png"

    def _kept(self, photo_id: str) -> Path:
        return self.root / "photos" / f"{photo_id}.npz"


def archive(labels: dict[str, bytes]) -> bytes:
    """A ZIP file of labels, as :class:`~worker.training.by_eye.labels.LabelsByEye` reads it."""
    content = BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for photo_id in sorted(labels):
            file.writestr(zipfile.ZipInfo(f"{photo_id}.png", MOMENT), labels[photo_id])
    return content.getvalue()
