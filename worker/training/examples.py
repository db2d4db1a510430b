"""Labelled pictures to train on: photos of a dataset folder, and rendered ones."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import cv2
import numpy as np

from worker.imaging.ccp import LabelledFolder, read_ids
from worker.imaging.regions import LabelMap, Pixels
from worker.lookbook.look import render

VALIDATION_SPLIT = Path(str(resources.files("worker.training"))) / "splits" / "ccp-validation.txt"
MIN_PERSON_SHARE = 0.02


@dataclass(frozen=True)
class Example:
    """A picture, RGB uint8 (H, W, 3), with its merged labels, uint8 (H, W).

    ``shows_person`` is False for packshots, whose product is clothes without a wearer.
    """

    pixels: Pixels
    labels: LabelMap
    shows_person: bool


@dataclass(frozen=True)
class _Packed:
    """An example as JPEG and PNG bytes, which is how hundreds fit into memory."""

    photo: bytes
    labels: bytes
    shows_person: bool

    def unpack(self) -> Example:
        pixels = cv2.imdecode(np.frombuffer(self.photo, np.uint8), cv2.IMREAD_COLOR_RGB)
        labels = cv2.imdecode(np.frombuffer(self.labels, np.uint8), cv2.IMREAD_GRAYSCALE)
        if pixels is None or labels is None:
            raise ValueError("a training picture does not decode")
        return Example(pixels.astype(np.uint8), labels.astype(np.uint8), self.shows_person)


class Examples:
    """Training and validation photos of one dataset folder, and a bank of rendered pictures.

    Args:
        root: folder in the layout of :class:`~worker.imaging.ccp.LabelledFolder`.
        rendered: how many pictures of the lookbook to render; figures and packshots.
        limit: use only so many photos of each split, for a rehearsal.
    """

    def __init__(self, root: Path, rendered: int, limit: int | None = None) -> None:
        self._folder = LabelledFolder(root)
        held_out = set(read_ids(VALIDATION_SPLIT))
        train = [i for i in self._folder.ids() if i not in held_out][:limit]
        valid = [i for i in self._folder.ids() if i in held_out][:limit]
        with ThreadPoolExecutor(2) as pool:
            photos = list(pool.map(self._pack, train + valid))
            looks = list(pool.map(_pack_look, range(rendered)))
        # A label map without a person is a labelling accident, not an example.
        self._train = [p for p in photos[: len(train)] if p is not None]
        self._valid = [p for p in photos[len(train) :] if p is not None]
        self._figures = [p for p in looks if p.shows_person]
        self._packshots = [p for p in looks if not p.shows_person]

    def _pack(self, photo_id: str) -> _Packed | None:
        labels = self._folder.labels(photo_id)
        if (labels > 0).mean() < MIN_PERSON_SHARE:
            return None
        return _Packed(self._folder.photo_path(photo_id).read_bytes(), _png(labels), True)

    def draw(self, rng: np.random.Generator, figures: float, packshots: float = 0.0) -> Example:
        """A random training picture.

        Args:
            rng: decides which.
            figures: share of rendered figures, 0..1.
            packshots: share of rendered packshots, 0..1; the rest are photos.
        """
        kind = rng.random()
        bank = self._train
        if self._figures and kind < figures:
            bank = self._figures
        elif self._packshots and kind < figures + packshots:
            bank = self._packshots
        return bank[int(rng.integers(len(bank)))].unpack()

    def validation(self, count: int) -> list[Example]:
        """The first ``count`` validation photos."""
        return [packed.unpack() for packed in self._valid[:count]]


def _pack_look(seed: int) -> _Packed:
    look = render(seed)
    bgr = cv2.cvtColor(look.pixels, cv2.COLOR_RGB2BGR)
    photo = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    return _Packed(photo, _png(look.labels), look.subject == "person")


def _png(labels: LabelMap) -> bytes:
    return cv2.imencode(".png", labels)[1].tobytes()
