"""Stage ``segment``: paint the picture in the palette, then read regions off by HSV ranges."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from worker.imaging.canvas import from_canvas, make_fit, onto_canvas
from worker.imaging.palette import UNDECIDED, margin, nearest, paint_labels, threshold
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Mask, Pixels
from worker.networks.compiled import Compiled

PaintNetwork = Compiled[npt.NDArray[np.uint8]]


@dataclass(frozen=True)
class Segments:
    """A segmented photo.

    Attributes:
        labels: uint8 (H, W), 0..3.
        paint: the palette picture, RGB uint8 (H, W, 3).
        confidence: float32 (H, W) in 0..1; 0 where thresholds and nearest paint disagree.
        palette_agreement: share of the visible pixels where both agree.
    """

    labels: LabelMap
    paint: Pixels
    confidence: npt.NDArray[np.float32]
    palette_agreement: float


def segment(filled: Pixels, visible: Mask, generator: PaintNetwork) -> Segments:
    """Segment a grey-filled photo.

    Args:
        filled: RGB uint8 (H, W, 3), grey where not visible.
        visible: bool (H, W); elsewhere the answer is background.
        generator: the compiled generator; canvases in, paintings out.

    Returns:
        The segments, at the photo's size.
    """
    fit = make_fit((filled.shape[0], filled.shape[1]), generator.size_hw)
    painting = generator(onto_canvas(filled, fit)[None])[0]
    return read_painting(from_canvas(painting, fit), visible)


def read_painting(painting: Pixels, visible: Mask) -> Segments:
    """Read regions off a painting of the photo's size; pixels in no range go to the nearest."""
    ranged, closest = threshold(painting), nearest(painting)
    labels = np.where(ranged == UNDECIDED, closest, ranged)
    agree = ranged == closest
    confidence = np.where(agree, margin(painting), np.float32(0))
    hidden = ~visible
    labels[hidden] = BACKGROUND
    confidence[hidden] = 1.0
    seen = int(visible.sum())
    agreement = float(agree[visible].mean()) if seen else 1.0
    return Segments(labels, painting, confidence, agreement)


def segment_packshot(product: Mask) -> Segments:
    """The segments of a product without a person: all of it is clothes, bool (H, W)."""
    labels = np.where(product, CLOTHES, BACKGROUND).astype(np.uint8)
    return Segments(labels, paint_labels(labels), np.ones(labels.shape, np.float32), 1.0)
