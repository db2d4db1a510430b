"""A folder in the layout of Clothing Co-Parsing: photos beside their pixel labels.

``photos/0001.jpg`` belongs to ``pixel-level/0001.mat`` (key ``groundtruth``, 59 labels, named in
``label_list.mat``). Source: Yang, Luo and Lin, "Clothing Co-Parsing by Joint Image Segmentation
and Labeling", CVPR 2014.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import cv2
import numpy as np
import numpy.typing as npt
from scipy.io.matlab import MatReadError, loadmat  # pyright: ignore[reportUnknownVariableType]  # scipy has no stubs

from shared.errors import ColourwayError
from worker.imaging.regions import BACKGROUND, CLOTHES, HAIR, SKIN, LabelMap, Pixels

NULL_LABEL: Final = 0
HAIR_LABEL: Final = 19
SKIN_LABEL: Final = 41
LABEL_COUNT: Final = 59


class DatasetError(ColourwayError):
    """A dataset folder or one of its files is not what it should be."""


def merge_labels(labels59: npt.NDArray[np.uint8]) -> LabelMap:
    """Merge the 59 published labels into the four that the palette paints.

    Args:
        labels59: uint8 (H, W), values 0..58.

    Returns:
        uint8 (H, W): 0 background, 1 skin, 2 hair, 3 everything worn or carried.
    """
    table = np.full(256, CLOTHES, np.uint8)
    table[NULL_LABEL] = BACKGROUND
    table[SKIN_LABEL] = SKIN
    table[HAIR_LABEL] = HAIR
    return table[labels59]


@dataclass(frozen=True)
class LabelledFolder:
    """A folder with ``photos/*.jpg``, ``pixel-level/*.mat`` and ``label_list.mat``."""

    root: Path

    def __post_init__(self) -> None:
        for name in ("photos", "pixel-level"):
            if not (self.root / name).is_dir():
                raise DatasetError(
                    f"{self.root} has no folder {name!r}: give a folder that holds "
                    "photos/*.jpg and pixel-level/*.mat"
                )

    def ids(self) -> list[str]:
        """Ids of the photos that have labels, sorted; e.g. ``["0001", "0002"]``."""
        labelled = {path.stem for path in (self.root / "pixel-level").glob("*.mat")}
        return sorted(p.stem for p in (self.root / "photos").glob("*.jpg") if p.stem in labelled)

    def photo_path(self, photo_id: str) -> Path:
        """Path of one photo."""
        return self.root / "photos" / f"{photo_id}.jpg"

    def photo(self, photo_id: str) -> Pixels:
        """One photo as RGB uint8 (H, W, 3).

        Raises:
            DatasetError: the file is missing or no picture.
        """
        path = self.photo_path(photo_id)
        bgr = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if bgr is None:
            raise DatasetError(f"{path} cannot be read as a picture")
        return cast("Pixels", cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB))

    def labels59(self, photo_id: str) -> npt.NDArray[np.uint8]:
        """The published labels of one photo, uint8 (H, W), values 0..58.

        Raises:
            DatasetError: the file is missing, holds no label map, or an unknown label.
        """
        path = self.root / "pixel-level" / f"{photo_id}.mat"
        try:
            content = cast("dict[str, Any]", loadmat(str(path)))
            labels = np.asarray(content["groundtruth"])
        except (OSError, KeyError, ValueError, NotImplementedError, MatReadError) as error:
            raise DatasetError(f"{path} holds no label map 'groundtruth': {error}") from error
        if labels.ndim != 2 or labels.min() < 0 or labels.max() >= LABEL_COUNT:
            raise DatasetError(f"{path}: labels of shape {labels.shape} with values outside 0..58")
        return labels.astype(np.uint8)

    def labels(self, photo_id: str) -> LabelMap:
        """The four merged labels of one photo, uint8 (H, W)."""
        return merge_labels(self.labels59(photo_id))


def read_ids(path: Path) -> list[str]:
    """Ids from a text file, one a line; blank lines and ``#`` comments are skipped."""
    lines = (line.split("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line]
