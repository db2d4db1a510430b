"""Where a body stands in a picture, even if the picture shows a part of it only.

A row of the body is a number from 0 (top of the head) to 1 (soles). A person whom the picture's
edge does not cut is there from 0 to 1. Where the edge cuts, what is seen row by row (how much of
it is hair, skin and clothes, and how wide it is) is laid along the rows of a mean body, at every
position and size, and the likeliest is taken: each row's figures count as normally distributed
with the mean and the spread that they have in labelled photos.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from worker.imaging.paste import box_of_mask
from worker.imaging.regions import BACKGROUND, CLOTHES, HAIR, SKIN, LabelMap, Mask

Floats = npt.NDArray[np.float32]

BUNDLED_BODY: Final = Path(__file__).with_name("body.npz")

ROWS: Final = 48
"""Rows of the mean body."""

# A person nearer than this share of the picture's height to its edge may be cut by it.
_AT_EDGE: Final = 0.01
# The least part of a body that is looked for, in its rows.
_LEAST: Final = 10
# A row that lies further off than this many spreads says no more than that.
_FAR: Final = 3.0


@dataclass(frozen=True)
class VisibleBody:
    """Where a person's box lies in the picture, and which rows of the body it shows.

    ``box_yxyx`` is in pixels, ends exclusive; ``first`` and ``last`` are rows of the body, 0..1, at
    the box's upper and lower edge.
    """

    box_yxyx: tuple[int, int, int, int]
    first: float
    last: float

    @property
    def height(self) -> float:
        """Height in pixels that the whole body has, or would have."""
        return (self.box_yxyx[2] - self.box_yxyx[0]) / (self.last - self.first)


@dataclass(frozen=True)
class MeanBody:
    """Mean and spread of each row's figures, float32 (48, 4): see :func:`row_figures`."""

    mean: Floats
    spread: Floats

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a mean body, the bundled one unless a path is given."""
        with np.load(path or BUNDLED_BODY) as file:
            return cls(file["mean"], file["spread"])

    def save(self, path: Path) -> None:
        """Write it; the same body gives the same bytes."""
        np.savez_compressed(path, mean=self.mean, spread=self.spread)


def row_figures(labels: LabelMap) -> Floats:
    """What each of 48 equal slices of a person shows.

    Args:
        labels: uint8 (h, w), cropped to the person's box: 0 background, 1 skin, 2 hair, 3 clothes.

    Returns:
        float32 (48, 4): the shares of hair, skin and clothes in the slice's person, 0..1, and its
        mean width as a part of the box's height.
    """
    counts = np.stack([np.count_nonzero(labels == k, axis=1) for k in (HAIR, SKIN, CLOTHES)], 1)
    sums = np.vstack([np.zeros((1, 3)), np.cumsum(counts, axis=0)])
    edges = np.linspace(0, len(labels), ROWS + 1)
    at_edges = np.stack([np.interp(edges, np.arange(len(sums)), sums[:, k]) for k in range(3)], 1)
    slices = np.diff(at_edges, axis=0)
    width = slices.sum(axis=1, keepdims=True)
    shares = slices / np.maximum(width, 1e-9)
    return np.hstack([shares, width * ROWS / len(labels) ** 2]).astype(np.float32)


def whole_body(labels: LabelMap) -> VisibleBody | None:
    """The body of a person whom no edge of the picture cuts; None where one may, or without one."""
    box, cut_above, cut_below = _box(labels != BACKGROUND)
    return None if box is None or cut_above or cut_below else VisibleBody(box, 0.0, 1.0)


def find_body(labels: LabelMap, mean: MeanBody) -> VisibleBody | None:
    """Find which part of a body a picture shows.

    Args:
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        mean: the mean body.

    Returns:
        The body; None where there is no person.
    """
    box, cut_above, cut_below = _box(labels != BACKGROUND)
    if box is None or not (cut_above or cut_below):
        return None if box is None else VisibleBody(box, 0.0, 1.0)
    top, left, bottom, right = box
    figures = row_figures(labels[top:bottom, left:right])
    first = np.arange(ROWS - _LEAST + 1 if cut_above else 1)
    last = np.arange(_LEAST, ROWS + 1) if cut_below else np.array([ROWS])
    ways = np.stack(np.meshgrid(first, last, indexing="ij"), -1).reshape(-1, 2)
    ways = ways[ways[:, 1] - ways[:, 0] >= _LEAST] / ROWS
    best = ways[_improbable(figures, ways, mean).argmin()]
    return VisibleBody(box, float(best[0]), float(best[1]))


def _improbable(figures: Floats, ways: npt.NDArray[np.float64], mean: MeanBody) -> Floats:
    """Mean negative log-likelihood, (K,), of what is seen if it shows these rows, (K, 2)."""
    middle = (np.arange(ROWS) + 0.5) / ROWS
    part = ways[:, 1] - ways[:, 0]
    row = ((ways[:, :1] + middle * part[:, None]) * ROWS).astype(np.intp)
    spread = mean.spread[row]
    off = np.repeat(figures[None], len(ways), axis=0) - mean.mean[row]
    # A width is part of the seen height; of the whole body's height it is less.
    off[..., 3] += figures[:, 3] * (part[:, None] - 1)
    far = np.minimum(np.abs(off / spread), _FAR)
    return (far**2 / 2 + np.log(spread)).mean(axis=(1, 2), dtype=np.float32)


def _box(person: Mask) -> tuple[tuple[int, int, int, int] | None, bool, bool]:
    box = box_of_mask(person)
    if box is None:
        return None, False, False
    height = person.shape[0]
    return box, box[0] <= _AT_EDGE * height, box[2] >= (1 - _AT_EDGE) * height
