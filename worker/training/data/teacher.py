"""Labels for photos that nobody labelled: what the bundled networks see in them.

Source: Lee, "Pseudo-label: the simple and efficient semi-supervised learning method for deep
neural networks", ICML workshop 2013; the student sees disturbed pictures, the teacher plain ones
(Xie et al., "Self-training with noisy student improves ImageNet classification", CVPR 2020).
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from worker.analysis.networks import Networks
from worker.imaging.labels.merges import PARTS, merge_into
from worker.imaging.part_shares import PartShares
from worker.imaging.regions import BACKGROUND, LABEL_NAMES, LabelMap, Mask, Pixels
from worker.stages.grey_fill import grey_fill, widen
from worker.stages.segment import paint_outfit, read_painting


class Taught(NamedTuple):
    """What the networks see in a photo.

    Attributes:
        labels: the 14 parts, uint8 (H, W).
        found: the person, bool (H, W).
        shares: each part's share, float32 (H, W, 14) in 0..1.
    """

    labels: LabelMap
    found: Mask
    shares: npt.NDArray[np.float32]


class Teacher:
    """Labels photos with networks that are trained already."""

    def __init__(self, networks: Networks) -> None:
        self._networks = networks

    def __call__(self, pixels: Pixels) -> Taught | None:
        """Label a photo, RGB uint8 (H, W, 3); None where no person is found.

        The regions are the pipeline's own; within each, the part decides that takes most of the
        pixel in the photo and in its mirror image together.
        """
        subject = self._networks.person([pixels])[0]
        if subject is None:
            return None
        visible = widen(subject.mask)
        filled = grey_fill(pixels, visible)
        generator = self._networks.generator
        painting, parts = paint_outfit(filled, visible, generator)
        _, mirrored = paint_outfit(
            np.ascontiguousarray(filled[:, ::-1]),
            np.ascontiguousarray(visible[:, ::-1]),
            generator,
        )
        shares = _at_photo(parts, visible.shape)
        shares += _at_photo(mirrored, visible.shape)[:, ::-1]
        shares *= np.float32(0.5)
        regions = read_painting(painting, visible, subject.shares).labels
        return Taught(_within_regions(shares, regions), subject.mask, shares)


def _at_photo(parts: PartShares, size_hw: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Shares at the photo's size, float32 (H, W, 14) in 0..1."""
    whole = np.zeros((*size_hw, len(PARTS)), np.float32)
    top, left, bottom, right = parts.box
    for place, name in enumerate(PARTS):
        whole[top:bottom, left:right, place] = parts.at_photo(parts.of(name))
    return whole


def _within_regions(shares: npt.NDArray[np.float32], regions: LabelMap) -> LabelMap:
    of_parts = merge_into(shares.shape[-1]).regions
    labels = np.full(regions.shape, BACKGROUND, np.uint8)
    for region in range(len(LABEL_NAMES)):
        parts = np.flatnonzero(of_parts == region)
        here = regions == region
        labels[here] = parts[shares[here][:, parts].argmax(axis=-1)]
    return cv2.medianBlur(labels, 3).astype(np.uint8)
