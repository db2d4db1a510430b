"""Motifs: what lies on a ground, as islands of the rarer of two tones, and how they look."""

from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.patterns.cloth_patch import Field
from worker.imaging.regions import Mask

Counts = npt.NDArray[np.float64]

SMALLEST: Final = 5
"""Islands of fewer pixels than this are noise."""


class Motifs(NamedTuple):
    """The rarer of two tones of a cloth.

    ``apart`` is how well two tones explain it, 0..1; ``share`` the rarer one's part; ``lightness``
    and ``colour`` how far apart the two are in each; ``islands`` how many a thousand pixels;
    ``size`` the root of the median island's area; ``uneven`` the spread of the sizes over their
    mean; ``fill`` how much of its box the median island fills; ``slim`` its longer side over the
    shorter; ``largest`` the largest island's part of them all; ``ground`` the largest connected
    part of the other tone.
    """

    apart: float
    share: float
    lightness: float
    colour: float
    islands: float
    size: float
    uneven: float
    fill: float
    slim: float
    largest: float
    ground: float


NONE: Final = Motifs(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0)


def motifs_of(plane: Field, detail: Field, inside: Mask) -> Motifs:
    """Split a patch into two tones by one plane, (h, w), and look at the islands of the rarer."""
    soft = cv2.GaussianBlur(plane, (0, 0), 0.8)
    values = soft[inside]
    low, high = (float(edge) for edge in np.percentile(values, (0.5, 99.5)))
    if high - low < 1e-3:
        return NONE
    scaled = np.clip((soft - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    counts = np.bincount(scaled[inside], minlength=256).astype(np.float64)
    split, apart = _split(counts)
    above = (scaled > split) & inside
    below = inside & ~above
    rare, common = (above, below) if above.sum() <= below.sum() else (below, above)
    if not rare.any():
        return NONE
    means = np.array([cv2.mean(detail, tone.view(np.uint8)) for tone in (rare, common)])
    step = means[0] - means[1]
    area = float(inside.sum())
    _, _, stats, _ = cv2.connectedComponentsWithStats(rare.view(np.uint8), connectivity=8)
    boxes = stats[1:][stats[1:, cv2.CC_STAT_AREA] >= SMALLEST].astype(np.float64)
    grounds = cv2.connectedComponentsWithStats(common.view(np.uint8), connectivity=4)[2]
    ground = float(grounds[1:, cv2.CC_STAT_AREA].max()) / float(common.sum())
    shared = (float(rare.sum()) / area, abs(float(step[0])), float(np.hypot(step[1], step[2])))
    if not len(boxes):
        return NONE._replace(apart=apart, share=shared[0], ground=ground)
    areas, sides = boxes[:, cv2.CC_STAT_AREA], boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    # Half of what is covered lies in islands larger than this one: crumbs have no say.
    middle = float(areas[_weighted_median(areas)])
    typical = (areas >= middle / 3) & (areas <= middle * 3)
    return Motifs(
        apart,
        *shared,
        islands=1000 * len(boxes) / area,
        size=middle**0.5,
        uneven=float(areas.std() / areas.mean()),
        fill=float(np.median((areas / sides.prod(axis=1))[typical])),
        slim=float(np.median((sides.max(axis=1) / sides.min(axis=1))[typical])),
        largest=float(areas.max() / areas.sum()),
        ground=ground,
    )


def _weighted_median(areas: Counts) -> int:
    order = np.argsort(areas)
    return int(order[np.searchsorted(np.cumsum(areas[order]), areas.sum() / 2)])


def _split(counts: Counts) -> tuple[int, float]:
    """Otsu's threshold of a histogram, and the part of the spread that lies between the tones."""
    levels = np.arange(256)
    below = np.cumsum(counts)
    total, mass = below[-1], np.cumsum(counts * levels)
    mean = mass[-1] / total
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean * below - mass) ** 2 / (below * (total - below))
    between = np.nan_to_num(between, posinf=0.0)
    at = int(np.argmax(between))
    spread = float((counts * (levels - mean) ** 2).sum() / total)
    return at, float(between[at] / max(spread, 1e-9))
