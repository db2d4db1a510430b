"""A folder in the layout of Clothing Co-Parsing: photos beside their pixel labels.

``photos/0001.jpg`` belongs to ``pixel-level/0001.mat`` (key ``groundtruth``, 59 labels, named in
``label_list.mat``). Source: Yang, Luo and Lin, "Clothing Co-Parsing by Joint Image Segmentation
and Labeling", CVPR 2014.
"""

import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final, cast

import cv2
import numpy as np
import numpy.typing as npt
from scipy.io.matlab import MatReadError, loadmat  # pyright: ignore[reportUnknownVariableType]  # scipy has no stubs

from shared.errors import ColourwayError
from worker.imaging.labels.merges import LABEL_COUNT, merge_into
from worker.imaging.regions import LabelMap, Pixels

VALIDATION_SPLIT: Final = Path(
    str(resources.files("worker") / "training" / "splits" / "ccp-validation.txt")
)
"""Ids of the photos of Clothing Co-Parsing that are never trained on, one a line."""

OWN_SPLIT: Final = "validation.txt"
"""The file by which a folder holds out photos of its own choice."""

# Labels that show less of a person than this share of the picture are a labelling accident.
MIN_PERSON_SHARE: Final = 0.02


class DatasetError(ColourwayError):
    """A dataset folder or one of its files is not what it should be."""


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

    def choose(self, ids: Path | None) -> list[str]:
        """The ids that a text file lists, in its order; all where there is no file.

        Raises:
            DatasetError: the file cannot be read, or names a photo that is not here.
        """
        known = self.ids()
        chosen = known if ids is None else read_ids(ids)
        unknown = sorted(set(chosen) - set(known))
        if unknown:
            raise DatasetError(f"{self.root} has no labelled photo {', '.join(unknown[:5])}")
        return chosen

    def held_out(self) -> frozenset[str]:
        """Ids that are never trained on: the folder's ``validation.txt``, else the fixed split.

        Raises:
            DatasetError: the file cannot be read.
        """
        own = self.root / OWN_SPLIT
        return frozenset(read_ids(own if own.exists() else VALIDATION_SPLIT))

    def split(self, count: int) -> list[str]:
        """Ids to hold out, sorted: those whose sha256 of ``ccp-<id>`` sorts first.

        The rule knows no photo but by its id, gives the same answer everywhere, and hardly changes
        it when photos are added. It is how the fixed split was made.
        """
        digests = {i: hashlib.sha256(f"ccp-{i}".encode()).hexdigest() for i in self.ids()}
        return sorted(sorted(digests, key=digests.__getitem__)[:count])

    def alone(self) -> list[Path]:
        """Photos without labels and labels without a photo: neither is used."""
        used = set(self.ids())
        files = [*(self.root / "photos").iterdir(), *(self.root / "pixel-level").iterdir()]
        return sorted(path for path in files if path.stem not in used)

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

    def pair(self, photo_id: str) -> tuple[Pixels, npt.NDArray[np.uint8]]:
        """One photo and its published labels.

        Raises:
            DatasetError: either cannot be read, or they differ in size.
        """
        pixels, labels = self.photo(photo_id), self.labels59(photo_id)
        if pixels.shape[:2] != labels.shape:
            sizes = f"{pixels.shape[:2]}, its labels {labels.shape}"
            raise DatasetError(f"{self.photo_path(photo_id)} has the size (H, W) {sizes}")
        return pixels, labels

    def labels(self, photo_id: str) -> LabelMap:
        """The four merged labels of one photo, uint8 (H, W)."""
        return merge_into(4)(self.labels59(photo_id))


def read_ids(path: Path) -> list[str]:
    """Ids from a text file, one a line; blank lines and ``#`` comments are skipped.

    Raises:
        DatasetError: the file cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"{path} cannot be read as a list of ids: {error}") from error
    lines = (line.split("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]
