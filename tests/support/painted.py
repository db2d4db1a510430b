"""An analyzer that reads what is painted: pictures in the palette's colours, and no framework."""

from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from shared.catalogue.pieces import Pieces
from shared.colour.naming import Naming
from shared.settings import Settings, get_settings
from worker.analysis.analyzer import Analyzer
from worker.analysis.networks import Networks
from worker.imaging.labels.merges import PARTS
from worker.imaging.palette import nearest, paint_labels
from worker.imaging.regions import CLOTHES, LabelMap, Pixels
from worker.networks.mask_rcnn.finder import Found

if TYPE_CHECKING:
    from worker.networks.pix2pix.generator import OutfitPainting

SIZE_HW: Final = (128, 96)
SCORE: Final = 0.9


def person_labels() -> LabelMap:
    """Hair above skin above clothes, on background: uint8 (128, 96)."""
    labels = np.zeros(SIZE_HW, np.uint8)
    labels[10:30, 32:64], labels[30:60, 32:64], labels[60:118, 32:64] = 2, 1, 3
    return labels


def painted_person() -> Pixels:
    """The same as a picture: green hair, red skin, blue clothes, on black."""
    return paint_labels(person_labels())


def nobody() -> Pixels:
    """Noise in which no paint prevails and no backdrop is plain: RGB uint8 (128, 96, 3)."""
    return np.random.default_rng(0).integers(0, 256, (*SIZE_HW, 3), np.uint8)


def product_alone() -> Pixels:
    """A teal square on white paper, which is no person: RGB uint8 (128, 96, 3)."""
    pixels = np.full((*SIZE_HW, 3), 255, np.uint8)
    pixels[40:90, 30:70] = (0, 120, 120)
    return pixels


class Painter:
    """A generator that paints what it sees; clothes are tops, the lowest of them shoes."""

    size_hw = SIZE_HW

    def __call__(self, canvases: Pixels) -> "OutfitPainting":
        labels = np.stack([nearest(canvas) for canvas in canvases])
        lowest = labels[:, -SIZE_HW[0] // 8 :]
        lowest[lowest == CLOTHES] = PARTS.index("shoes")
        return {"painting": canvases, "parts": np.eye(len(PARTS), dtype=np.uint8)[labels] * 255}


def find_painted(photos: list[Pixels]) -> list[Found | None]:
    """The person of each photo that is painted in pure colours, else None."""
    return [_find(photo) for photo in photos]


def _find(photo: Pixels) -> Found | None:
    labels = nearest(photo)
    pure = (np.abs(paint_labels(labels).astype(int) - photo).max(axis=-1) <= 8).mean() > 0.9
    if not pure or not labels.any():
        return None
    mask = labels > 0
    return Found(mask, SCORE, mask.view(np.uint8) * np.uint8(255))


def painted_analyzer(settings: Settings | None = None, **overrides: object) -> Analyzer:
    """An analyzer for such pictures; takes what ``Analyzer.load`` takes."""
    networks = Networks(cast("Any", find_painted), cast("Any", Painter()), {"painted": "0"})
    settings = settings or get_settings(**overrides)
    return Analyzer(networks, Naming.load(), Pieces.load(), settings)
