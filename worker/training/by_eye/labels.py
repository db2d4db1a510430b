"""Labels that people drew by eye, for photos that were published without."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import cv2
import numpy as np

from worker.imaging.labels.ccp import DatasetError
from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import LabelMap

BUNDLED: Final = Path(__file__).with_name("ccp-unlabelled.zip")
"""Labels of 500 photos of Clothing Co-Parsing that have none of their own."""


@dataclass(frozen=True)
class LabelsByEye:
    """Labels of the 14 parts, one PNG a photo.

    Attributes:
        content: the PNG of each photo, by its id.
        name: the file that they come from.
    """

    content: dict[str, bytes]
    name: str

    @classmethod
    def load(cls, path: Path = BUNDLED) -> Self:
        """Read a ZIP file of ``ID.png``, 8 bits a pixel, each the number of a part.

        Raises:
            DatasetError: the file is missing, or no ZIP file.
        """
        try:
            with zipfile.ZipFile(path) as file:
                names = [name for name in file.namelist() if name.endswith(".png")]
                return cls({Path(name).stem: file.read(name) for name in names}, path.name)
        except (OSError, zipfile.BadZipFile) as error:
            raise DatasetError(f"cannot read the labels in {path}: {error}") from error

    def of(self, photo_id: str, size_hw: tuple[int, ...]) -> LabelMap | None:
        """A photo's labels, uint8 (H, W) in 0..13; None where nobody drew them.

        Raises:
            DatasetError: they do not decode, have another size, or name no part.
        """
        png = self.content.get(photo_id)
        if png is None:
            return None
        labels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        if labels is None or labels.dtype != np.uint8:
            raise DatasetError(f"{self.name}: {photo_id}.png is no picture of 8 bits a pixel")
        if labels.shape != size_hw:
            raise DatasetError(
                f"{self.name}: {photo_id}.png has the size {labels.shape}, its photo {size_hw}"
            )
        if labels.max() >= len(PARTS):
            raise DatasetError(f"{self.name}: {photo_id}.png names part {labels.max()} of 0..13")
        return labels.astype(np.uint8)
