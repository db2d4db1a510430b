"""Labelled pictures to train on: photos of a dataset folder, and rendered ones."""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from shared.catalogue.pieces import Pieces
from worker.imaging.labels.ccp import MIN_PERSON_SHARE, DatasetError, LabelledFolder
from worker.imaging.labels.merges import PARTS, Merge, merge_into, published_numbers
from worker.imaging.regions import LABEL_NAMES, LabelMap, Mask, Pixels
from worker.lookbook.look import Look, render
from worker.lookbook.outfit.dressing import FIRST_GARMENT
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.training.by_eye.labels import LabelsByEye
from worker.training.data.teacher import Teacher

Floats = npt.NDArray[np.float64]

# A class that at least this share of the photos shows is common enough.
COMMON: Final = 0.1

OTHER_NAMES: Final = {"brimmed": "hat"}
"""What the lexicon calls some garments of the lookbook."""


@dataclass(frozen=True)
class TrainingExample:
    """A picture, RGB uint8 (H, W, 3), with its merged labels, uint8 (H, W).

    Attributes:
        pixels: the picture.
        labels: the classes that were asked for.
        shows_person: False for packshots, whose product is clothes without a wearer.
        bags: bool (H, W), where a bag is carried; nowhere in rendered pictures.
        found: bool (H, W), the person as the person network finds it; None where it finds
            none, or was not asked.
    """

    pixels: Pixels
    labels: LabelMap
    shows_person: bool
    bags: Mask
    found: Mask | None


@dataclass
class _Packed:
    """An example as JPEG and PNG bytes, which is how hundreds fit into memory."""

    photo: bytes
    labels: bytes
    merge: Merge | None
    """How the labels merge; None where they are merged already."""
    shows_person: bool
    present: frozenset[int]
    """Classes that the picture shows."""
    found: bytes | None = None

    def unpack(self) -> TrainingExample:
        pixels = unpacked_photo(self.photo)
        labels = _decode_png(self.labels)
        bags = np.zeros(labels.shape, np.bool_)
        if self.merge is not None:
            bags = np.isin(labels, published_numbers("bag"))
            labels = self.merge(labels)
        found = None if self.found is None else _decode_png(self.found) > 0
        return TrainingExample(pixels, labels, self.shows_person, bags, found)

    def merged(self, merge: Merge) -> "_Packed":
        """The same photo with its published labels merged in another way."""
        present = frozenset(np.unique(merge(_decode_png(self.labels))).tolist())
        return replace(self, merge=merge, present=present)


class Examples:
    """Training and validation photos of one dataset folder, and a bank of rendered pictures.

    Args:
        root: folder in the layout of :class:`~worker.imaging.labels.ccp.LabelledFolder`.
        rendered: how many pictures of the lookbook to render; figures and packshots.
        limit: use only so many photos of each split, for a rehearsal.
        classes: 4, 29 or 59; see :mod:`worker.imaging.labels.merges`.
        balanced: draw photos with rare classes more often.

    Raises:
        ValueError: rendered pictures are asked for with classes that they do not know.
    """

    def __init__(
        self,
        root: Path,
        rendered: int,
        limit: int | None = None,
        classes: int = 4,
        balanced: bool = True,
    ) -> None:
        if rendered and classes not in (4, 14):
            raise ValueError(
                f"rendered pictures have 4 or 14 classes, not {classes}: use --rendered 0"
            )
        self.merge = merge_into(classes)
        self._folder = LabelledFolder(root)
        held_out = self._folder.held_out()
        train = [i for i in self._folder.ids() if i not in held_out][:limit]
        valid = [i for i in self._folder.ids() if i in held_out][:limit]
        with ThreadPoolExecutor(2) as pool:
            self._train = self._pack_all(train, pool)
            self._valid = self._pack_all(valid, pool)
            looks = list(pool.map(partial(_pack_look, classes=classes), range(rendered)))
        self._figures = [p for p in looks if p.shows_person]
        self._packshots = [p for p in looks if not p.shows_person]
        self._odds = _odds(self._train) if balanced else None
        self._taught: list[_Packed] = []
        self._taught_odds: Floats | None = None

    def _pack_all(self, ids: Sequence[str], pool: ThreadPoolExecutor) -> list[_Packed]:
        # A label map without a person is a labelling accident, not an example.
        return [packed for packed in pool.map(self._pack, ids) if packed is not None]

    def _pack(self, photo_id: str) -> _Packed | None:
        try:
            labels = self._folder.labels59(photo_id)
            photo = self._folder.photo_path(photo_id).read_bytes()
        except (DatasetError, OSError) as error:
            # One bad file costs itself, not the training.
            print(f"left out: {error}", file=sys.stderr, flush=True)  # noqa: T201
            return None
        if (labels > 0).mean() < MIN_PERSON_SHARE:
            return None
        present = frozenset(np.unique(self.merge(labels)).tolist())
        return _Packed(photo, _png(labels), self.merge, True, present)

    def merged_into(self, classes: int) -> "Examples":
        """The same photos with another number of classes; rendered pictures stay behind."""
        if classes == len(self.merge.names):
            return self
        other = copy(self)
        other.merge = merge_into(classes)
        other._train = [packed.merged(other.merge) for packed in self._train]
        other._valid = [packed.merged(other.merge) for packed in self._valid]
        other._figures, other._packshots = [], []
        other._odds = None if self._odds is None else _odds(other._train)
        return other

    def find_people(self, finder: SubjectFinder) -> None:
        """Let the person network find the people of all photos, for :attr:`Example.found`."""
        for packed in [*self._train, *self._valid]:
            found = finder([packed.unpack().pixels])[0]
            packed.found = None if found is None else _png(found.mask.astype(np.uint8))

    def add_unlabelled(
        self, folder: Path, teacher: Teacher, by_eye: LabelsByEye | None = None
    ) -> None:
        """Add the photos of a folder, ``*.jpg``, as people drew their labels; 14 classes only.

        A teacher labels those that nobody did. Where it finds nobody, a photo is left out.

        Raises:
            DatasetError: what people drew does not belong to its photo.
        """
        for path in sorted(folder.glob("*.jpg")):
            photo = path.read_bytes()
            pixels = unpacked_photo(photo)
            drawn = None if by_eye is None else by_eye.of(path.stem, pixels.shape[:2])
            taught = teacher(pixels)
            if taught is not None:
                labels = taught.labels if drawn is None else drawn
                present = frozenset(np.unique(labels).tolist())
                found = _png(taught.found.astype(np.uint8))
                self._taught.append(_Packed(photo, _png(labels), None, True, present, found))
        self._taught_odds = _odds(self._taught) if self._taught else None

    def draw(
        self, rng: np.random.Generator, figures: float, packshots: float = 0.0
    ) -> TrainingExample:
        """A random training picture.

        Args:
            rng: decides which.
            figures: share of rendered figures, 0..1.
            packshots: share of rendered packshots, 0..1; the rest are photos.
        """
        kind = rng.random()
        if self._figures and kind < figures:
            return self._figures[int(rng.integers(len(self._figures)))].unpack()
        if self._packshots and kind < figures + packshots:
            return self._packshots[int(rng.integers(len(self._packshots)))].unpack()
        labelled, taught = len(self._train), len(self._taught)
        if taught and rng.random() < taught / (labelled + taught):
            return self._taught[int(rng.choice(taught, p=self._taught_odds))].unpack()
        return self._train[int(rng.choice(len(self._train), p=self._odds))].unpack()

    def photos(self) -> list[Callable[[], TrainingExample]]:
        """The labelled training photos, each unpacked by calling it."""
        return [packed.unpack for packed in self._train]

    def validation_photos(self) -> list[Callable[[], TrainingExample]]:
        """Those of the validation split, likewise."""
        return [packed.unpack for packed in self._valid]

    def validation(self, count: int) -> list[TrainingExample]:
        """The first ``count`` validation photos."""
        return [packed.unpack() for packed in self._valid[:count]]


def _odds(packed: Sequence[_Packed]) -> Floats:
    """How likely each picture is drawn; sums to 1."""
    repeats = repeat_factors([p.present for p in packed])
    return repeats / repeats.sum()


def _pack_look(seed: int, classes: int) -> _Packed:
    look = render(seed)
    labels = look.labels if classes == len(LABEL_NAMES) else parts_of(look)
    bgr = cv2.cvtColor(look.pixels, cv2.COLOR_RGB2BGR)
    photo = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    present = frozenset(np.unique(labels).tolist())
    return _Packed(photo, _png(labels), None, look.subject == "person", present)


def parts_of(look: Look) -> LabelMap:
    """What a rendered picture shows in the 14 classes, uint8 (H, W)."""
    lexicon = Pieces.load()
    table = np.arange(len(PARTS), dtype=np.uint8)
    for number, garment in enumerate(look.garments, FIRST_GARMENT):
        piece = lexicon.of(OTHER_NAMES.get(garment, garment).replace("_", " "))
        table[number] = PARTS.index(piece or "small")
    return table[look.parts]


def repeat_factors(present: Sequence[frozenset[int]]) -> Floats:
    """How often to draw each picture, so that rare classes are seen.

    A class in fewer than ``COMMON`` of the pictures repeats those that show it by the root of
    what it lacks; the rarest class of a picture decides. Source: Gupta, Dollár and Girshick,
    "LVIS", CVPR 2019, section 4.1.

    Args:
        present: the classes that each picture shows.

    Returns:
        float64 (pictures,), 1 or more.
    """
    counts = Counter(label for classes in present for label in classes)
    factor = {
        label: max(1.0, (COMMON * len(present) / count) ** 0.5) for label, count in counts.items()
    }
    return np.array([max((factor[label] for label in classes), default=1.0) for classes in present])


def _png(labels: LabelMap) -> bytes:
    return cv2.imencode(".png", labels)[1].tobytes()


def unpacked_photo(content: bytes) -> Pixels:
    """Decode a photo's file to RGB uint8 (H, W, 3)."""
    pixels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR_RGB)
    if pixels is None:
        raise ValueError("a training picture does not decode")
    return pixels.astype(np.uint8)


def _decode_png(content: bytes) -> LabelMap:
    labels = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_GRAYSCALE)
    if labels is None:
        raise ValueError("the labels of a training picture do not decode")
    return labels.astype(np.uint8)
