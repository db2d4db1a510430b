"""Which pixels of a region speak for its colours, and how loudly.

A region found by a network is wrong at its edge first, and unsure where cloth, skin and background
meet. So pixels count more the further inside they lie and the surer the network was. Sizes are
relative to a working picture of fixed area: a thumbnail and the full picture give the same sample.
"""

from dataclasses import dataclass, field
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.averaging import averaged, halved
from worker.imaging.paste import box_of_mask
from worker.imaging.regions import BACKGROUND, LabelMap, Mask, Pixels

Confidence = npt.NDArray[np.float32]
Weights = npt.NDArray[np.int64]

# Area in pixels to which the part of the picture that holds regions is reduced.
WORKING_AREA: Final = 40_000
# In pixels of the working picture: what lies nearer to the region's edge than EDGE is left out,
# and from EDGE + RAMP inwards a pixel counts in full.
EDGE: Final = 1.0
RAMP: Final = 3.0
# A region of fewer pixels than this after erosion is taken with its edge, or at full size.
ENOUGH: Final = 64
FULL_WEIGHT: Final = 255
# A reduced pixel that lies in the region with all of its area.
WHOLE: Final = np.uint8(255)
# Where the network was least sure a pixel still counts this much: it may be all that there is.
LEAST_CONFIDENCE: Final = 0.05


@dataclass(frozen=True)
class Sample:
    """Pixels of one region: RGB uint8 (N, 3), and whole weights 1..255, int64 (N,)."""

    rgb: Pixels
    weights: Weights


@dataclass(frozen=True)
class WorkingPicture:
    """The part of a picture that holds regions, at its own size and reduced."""

    pixels: Pixels
    labels: LabelMap
    confidence: Confidence | None
    reduced: Pixels
    reduced_confidence: Confidence | None
    _whole: dict[int, Mask] = field(default_factory=dict[int, Mask], repr=False, compare=False)

    def sample(self, label: int) -> Sample:
        """Pick the pixels that speak for one region.

        Args:
            label: the region's value in the label map.

        Returns:
            The sample; empty only where the region is.
        """
        inside = self.whole(label)
        if np.count_nonzero(inside) < ENOUGH:
            return _pick(self.pixels, self.labels == label, self.confidence)
        distance = cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_3)
        depth = np.clip((distance - EDGE) / RAMP, 0, 1).astype(np.float32)
        if np.count_nonzero(depth) < ENOUGH:
            return _pick(self.reduced, inside, self.reduced_confidence)
        return _pick(self.reduced, depth > 0, self.reduced_confidence, depth)

    def whole(self, label: int) -> Mask:
        """Reduced pixels made of one region's pixels alone: nothing else can tint them.

        The mask is kept for whoever asks next, and not to be changed.
        """
        if label not in self._whole:
            self._whole[label] = self._made_of(label)
        return self._whole[label]

    def _made_of(self, label: int) -> Mask:
        region = self.labels == label
        size_hw = self.reduced.shape[:2]
        if size_hw == region.shape:
            return region
        covered = reduce(region.view(np.uint8) * WHOLE, (size_hw[0], size_hw[1]))
        return covered == WHOLE


def working_picture(
    pixels: Pixels, labels: LabelMap, confidence: Confidence | None = None
) -> WorkingPicture:
    """Crop a picture to its regions and reduce it to the working area.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8 (H, W), 0 where there is no region.
        confidence: float32 (H, W) in 0..1, how sure each label is; None where all are.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    if pixels.shape != (*labels.shape, 3):
        raise ValueError(f"expected pixels {(*labels.shape, 3)}, got {pixels.shape}")
    if confidence is not None and confidence.shape != labels.shape:
        raise ValueError(f"expected confidence {labels.shape}, got {confidence.shape}")
    part = _part_with_regions(labels)
    pixels, labels = np.ascontiguousarray(pixels[part]), np.ascontiguousarray(labels[part])
    confidence = None if confidence is None else np.ascontiguousarray(confidence[part])
    height, width = labels.shape
    shrink = (height * width / WORKING_AREA) ** 0.5
    if shrink <= 1:
        return WorkingPicture(pixels, labels, confidence, pixels, confidence)
    size_hw = (max(1, round(height / shrink)), max(1, round(width / shrink)))
    reduced = cast("Pixels", reduce(pixels, size_hw))
    sure = None if confidence is None else cast("Confidence", reduce(confidence, size_hw))
    return WorkingPicture(pixels, labels, confidence, reduced, sure)


def _part_with_regions(labels: LabelMap) -> tuple[slice, slice]:
    box = box_of_mask(labels != BACKGROUND)
    if box is None:
        return slice(0, 0), slice(0, 0)
    top, left, bottom, right = box
    # One pixel more, so that the outermost edge stays an edge; the picture's own border is none.
    return slice(max(0, top - 1), bottom + 1), slice(max(0, left - 1), right + 1)


def reduce(picture: npt.NDArray[np.generic], size_hw: tuple[int, int]) -> cv2.typing.MatLike:
    """Average over areas, by halves first."""
    reduced = halved(picture, size_hw)
    if reduced.ndim == 3 and reduced.dtype == np.uint8:
        return averaged(cast("Pixels", reduced), size_hw)
    return cv2.resize(reduced, size_hw[::-1], interpolation=cv2.INTER_AREA)


def _pick(
    pixels: Pixels, chosen: Mask, confidence: Confidence | None, depth: Confidence | None = None
) -> Sample:
    at = np.flatnonzero(chosen)
    rgb = np.take(pixels.reshape(-1, 3), at, axis=0)
    loudness = np.ones(len(at), np.float32) if depth is None else np.take(depth, at)
    if confidence is not None:
        loudness = loudness * np.clip(np.take(confidence, at), LEAST_CONFIDENCE, 1)
    # Whole numbers: their sums do not depend on the order of the pixels.
    return Sample(rgb, np.maximum(np.rint(loudness * FULL_WEIGHT), 1).astype(np.int64))
