"""What a fill looks like to a network: how near to zero, how near to the garments it surrounds.

Measured to ask why grey: a fill at the middle of the range is zero to the network, like the padding
of its convolutions; a fill of a garment's own colour hides where the garment ends.
"""

from collections.abc import Iterable
from typing import Final

import cv2
import numpy as np

from shared.colour.cielab import delta_e2000, rgb_to_lab
from worker.imaging.canvas import to_unit
from worker.imaging.regions import BACKGROUND, Pixels
from worker.training.data.examples import TrainingExample
from worker.training.data.fills import Fill

HEIGHT: Final = 384
# Two colours nearer than this look alike at a glance.
ALIKE: Final = 10.0
NEARBY: Final = 7  # side of the window whose hidden pixels a pixel of the outline is compared with


def fill_facts(fill: Fill, examples: Iterable[TrainingExample]) -> dict[str, float]:
    """Facts on a fill, over the photos with their true masks.

    Returns:
        ``from_zero``: mean distance of hidden pixels from the network's zero, 0..1.
        ``alike``: share of the outline's pixels that look like the fill beside them, 0..1.
        ``contrast``: median ΔE2000 between the outline's pixels and the fill beside them.
    """
    from_zero: list[float] = []
    differences: list[np.ndarray] = []
    for example in examples:
        height, width = example.labels.shape
        size = (max(1, round(width * HEIGHT / height)), HEIGHT)
        pixels = cv2.resize(example.pixels, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
        labels = cv2.resize(example.labels, size, interpolation=cv2.INTER_NEAREST)
        visible = labels != BACKGROUND
        filled = fill(pixels, visible)
        from_zero.append(float(np.abs(to_unit(filled[~visible])).mean()))
        hidden = (~visible).astype(np.float32)
        outline = visible & (cv2.erode(visible.astype(np.uint8), np.ones((3, 3), np.uint8)) == 0)
        differences.append(_across(filled, hidden, outline))
    everywhere = np.concatenate(differences)
    return {
        "from_zero": float(np.mean(from_zero)),
        "alike": float((everywhere < ALIKE).mean()),
        "contrast": float(np.median(everywhere)),
    }


def _across(filled: Pixels, hidden: np.ndarray, outline: np.ndarray) -> np.ndarray:
    """ΔE2000 between each pixel of the outline and the mean of the hidden pixels around it."""
    window = (NEARBY, NEARBY)
    weight = cv2.blur(hidden, window)
    beside = cv2.blur(filled.astype(np.float32) * hidden[..., None], window)
    seen = outline & (weight > 0)
    around = np.clip(np.rint(beside[seen] / weight[seen][:, None]), 0, 255).astype(np.uint8)
    return delta_e2000(rgb_to_lab(filled[seen]), rgb_to_lab(around))
