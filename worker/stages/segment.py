"""Stage ``segment``: paint the picture in the palette, then read regions off by HSV ranges."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.contracts.results import Region
from worker.imaging.box import fit_box, part, subject_box
from worker.imaging.canvas import from_canvas, onto_canvas
from worker.imaging.islands import ISLAND, absorb_islands
from worker.imaging.palette import (
    PALETTE,
    UNDECIDED,
    margin,
    nearest,
    nearest_primary,
    paint_labels,
    painted_share,
    threshold,
)
from worker.imaging.part_shares import PartShares
from worker.imaging.paste import FULL, Shares
from worker.imaging.regions import (
    BACKGROUND,
    CLOTHES,
    LABEL_OF_REGION,
    LabelMap,
    Mask,
    Pixels,
)

if TYPE_CHECKING:
    from worker.networks.compiled import Compiled  # brings the networks' framework
    from worker.networks.pix2pix.generator import OutfitPainting

PaintNetwork: TypeAlias = "Compiled[OutfitPainting]"


@dataclass(frozen=True)
class Segments:
    """A segmented photo.

    Attributes:
        labels: uint8 (H, W), 0..3.
        paint: the palette picture, RGB uint8 (H, W, 3).
        confidence: float32 (H, W) in 0..1; 0 where thresholds and nearest paint disagree, and
            where an island was.
        palette_agreement: share of the visible pixels where both agree.
        parts: how much of each pixel every part of the outfit takes; None for a packshot.
    """

    labels: LabelMap
    paint: Pixels
    confidence: npt.NDArray[np.float32]
    palette_agreement: float
    parts: PartShares | None = None

    def region_confidence(self) -> dict[Region, float]:
        """Mean confidence of each region's pixels, 0..1; a region without pixels is left out."""
        means: dict[Region, float] = {}
        for region, label in LABEL_OF_REGION.items():
            inside = self.labels == label
            if inside.any():
                means[region] = mean_confidence(self.confidence, inside)
        return means


def mean_confidence(confidence: npt.NDArray[np.float32], inside: Mask) -> float:
    """Mean of per-pixel confidence (H, W) over a mask, bool (H, W); 0 where the mask is empty."""
    left, top, width, height = cv2.boundingRect(inside.view(np.uint8))
    window = slice(top, top + height), slice(left, left + width)
    return float(cv2.mean(confidence[window], inside[window].view(np.uint8))[0])


def segment(
    filled: Pixels, visible: Mask, generator: PaintNetwork, shares: Shares | None = None
) -> Segments:
    """Segment a grey-filled photo; the generator sees the subject's box of it.

    Args:
        filled: RGB uint8 (H, W, 3), grey where not visible.
        visible: bool (H, W); elsewhere the answer is background.
        generator: the compiled generator; canvases in, paintings and parts out.
        shares: how sure the person network is of each pixel, uint8 (H, W) of 255; None: it is not
            asked.

    Returns:
        The segments, at the photo's size.
    """
    painting, parts = paint_outfit(filled, visible, generator)
    return replace(read_painting(painting, visible, shares), parts=parts)


def paint_outfit(
    filled: Pixels, visible: Mask, generator: PaintNetwork
) -> tuple[Pixels, PartShares]:
    """What the generator paints of the subject's box.

    Args:
        filled: RGB uint8 (H, W, 3), grey where not visible.
        visible: bool (H, W).
        generator: the compiled generator.

    Returns:
        The painting, RGB uint8 (H, W, 3), on the paint of the background; and the outfit's parts.
    """
    box = subject_box(visible)
    fit = fit_box(box, generator.size_hw)
    painted = generator(onto_canvas(part(filled, box), fit)[None])
    top, left, bottom, right = box
    height, width = visible.shape
    painting = cv2.copyMakeBorder(
        from_canvas(painted["painting"][0], fit),
        *(top, height - bottom, left, width - right),
        cv2.BORDER_CONSTANT,
        value=PALETTE[BACKGROUND],
    )
    return cast("Pixels", painting), PartShares(painted["parts"][0], box, fit)


def read_painting(painting: Pixels, visible: Mask, shares: Shares | None = None) -> Segments:
    """Read regions off a painting of the photo's size; pixels in no range go to the nearest.

    Where somebody is, painter and person network say together: half each. Then islands take the
    label around them. Their pixels, like those where thresholds and nearest paint or the two
    networks disagree, have no confidence: the painter meant something else.

    Args:
        painting: RGB uint8 (H, W, 3).
        visible: bool (H, W).
        shares: as for :func:`segment`.

    Returns:
        The segments; what is not visible is background, and sure.
    """
    labels = np.full(visible.shape, BACKGROUND, np.uint8)
    confidence = np.ones(visible.shape, np.float32)
    window = _window(visible)
    # OpenCV reads whole rows much faster than parts of them, by more than this copy takes.
    colours, seen = np.ascontiguousarray(painting[window]), visible[window]
    ranged, closest = threshold(colours), nearest(colours)
    agree = ranged == closest
    painted = np.where(ranged == UNDECIDED, closest, ranged) * seen.view(np.uint8)
    decided = painted if shares is None else _together(painted, colours, shares[window], seen)
    labels[window] = absorb_islands(decided, seen, ISLAND * visible.size)
    sure = margin(colours) * (agree & (painted == labels[window]))
    np.copyto(confidence[window], sure, where=seen)
    pixels = np.count_nonzero(visible)
    agreement = np.count_nonzero(agree & seen) / pixels if pixels else 1.0
    return Segments(labels, painting, confidence, agreement)


def _together(painted: LabelMap, colours: Pixels, shares: Shares, seen: Mask) -> LabelMap:
    """Labels that are background, or not, as the mean of what both networks say of somebody.

    Either is wrong elsewhere: the mean is right more often than each.
    """
    somebody = cv2.add(shares, painted_share(colours), dtype=cv2.CV_16U) > FULL
    somebody &= seen
    regions = painted * somebody.view(np.uint8)
    gaps = somebody & (regions == BACKGROUND)
    if gaps.any():
        regions[gaps] = nearest_primary(colours[gaps][None])[0]
    return regions


def _window(visible: Mask) -> tuple[slice, slice]:
    """Where a mask holds pixels, with one more on each side that may be had."""
    left, top, width, height = cv2.boundingRect(visible.view(np.uint8))
    return slice(max(0, top - 1), top + height + 1), slice(max(0, left - 1), left + width + 1)


def segment_packshot(product: Mask) -> Segments:
    """The segments of a product without a person: all of it is clothes, bool (H, W)."""
    labels = np.where(product, CLOTHES, BACKGROUND).astype(np.uint8)
    return Segments(labels, paint_labels(labels), np.ones(labels.shape, np.float32), 1.0)
