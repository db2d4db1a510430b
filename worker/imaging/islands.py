"""Islands: specks and holes too small to be anything but a slip of the painter.

Only whole connected parts change their label. What stays keeps every pixel of its edge, which
opening and closing would round.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.regions import BACKGROUND, LABEL_NAMES, LabelMap, Mask

# A part whose outline encloses less than this share of the picture is an island.
ISLAND: Final = 0.0001
_LABELS: Final = len(LABEL_NAMES)
# In place of an island's number: what no island holds, and what lies beyond the picture.
_SETTLED: Final = 0
_BEYOND: Final = -1

_Outline = npt.NDArray[np.int32]
_Numbers = npt.NDArray[np.int32]
_Indices = npt.NDArray[np.intp]


def absorb_islands(labels: LabelMap, visible: Mask, smallest: float) -> LabelMap:
    """Give every island the label of what it borders on most.

    Parts are connected over edges and corners, so a thin diagonal strap is one part. An island
    among islands waits until those around it have their label. Neighbours that are not visible
    vote for background; a hole that reaches them stays, however small: there the person ends.

    Args:
        labels: uint8 (H, W), background where not visible.
        visible: bool (H, W).
        smallest: a part is an island when its outline encloses fewer pixels than this, itself and
            its holes included.

    Returns:
        uint8 (H, W): the labels without islands. Equal votes go to the lower label; a picture of
        islands alone stays as it is.

    Example:
        A skin pixel in clothes goes, the last column stays, being no part of the person::

            labels    visible   absorb_islands(labels, visible, 2)
            3 3 3 0   1 1 1 0   3 3 3 0
            3 1 3 0   1 1 1 0   3 3 3 0
            3 3 3 0   1 1 1 0   3 3 3 0
    """
    islands = _find(labels, visible, smallest)
    framed = _framed(labels, BACKGROUND)
    waiting = islands.pixels
    while waiting.size:
        votes = islands.votes(framed, waiting)
        has_votes = votes.sum(axis=1)[islands.numbers[waiting]] > 0
        decided = waiting[has_votes]
        if not decided.size:
            break
        framed[decided] = votes.argmax(axis=1)[islands.numbers[decided]]
        islands.numbers[decided] = _SETTLED
        waiting = waiting[~has_votes]
    return framed.reshape(-1, islands.row)[1:-1, 1:-1].copy()


@dataclass(frozen=True)
class _Islands:
    """Islands by number, from 1, in the picture with a frame of one pixel, laid out flat.

    Attributes:
        numbers: int32, each pixel's island, ``_SETTLED`` or ``_BEYOND``.
        pixels: where the islands are.
        last: the highest number.
        row: pixels in a row, frame included.
    """

    numbers: _Numbers
    pixels: _Indices
    last: int
    row: int

    def votes(self, framed: LabelMap, pixels: _Indices) -> npt.NDArray[np.int64]:
        """Pixel edges that each island shares with settled pixels, by label: (last + 1, 4)."""
        votes = np.zeros((self.last + 1) * _LABELS, np.int64)
        for step in (-self.row, -1, 1, self.row):
            settled = pixels[self.numbers[pixels + step] == _SETTLED]
            ballots = self.numbers[settled] * _LABELS + framed[settled + step]
            votes += np.bincount(ballots, minlength=votes.size)
        return votes.reshape(-1, _LABELS)


def _find(labels: LabelMap, visible: Mask, smallest: float) -> _Islands:
    """Number the islands, label by label: parts of one label never cross, those of two may."""
    height, width = labels.shape
    numbers = np.full((height + 2, width + 2), _BEYOND, np.int32)
    numbers[1:-1, 1:-1] = _SETTLED
    numbers, framed = numbers.ravel(), _framed(labels, BACKGROUND)
    drawing = np.zeros((height + 2, width + 2), np.int32)
    found: list[_Indices] = []
    last = 0
    for label in range(_LABELS):
        outlines = _small_outlines((labels == label).view(np.uint8), smallest)
        if not outlines:
            continue
        for number, outline in enumerate(outlines, last + 1):
            cv2.fillPoly(drawing, [outline], number, offset=(1, 1))
        last += len(outlines)
        enclosed = np.flatnonzero(drawing > 0)  # NumPy finds bools five times as fast
        pixels = enclosed[framed[enclosed] == label]
        drawn = drawing.ravel()
        if label == BACKGROUND:
            hidden = pixels[_framed(visible.view(np.uint8), 0)[pixels] == 0]
            pixels = pixels[~np.isin(drawn[pixels], drawn[hidden])]
        numbers[pixels] = drawn[pixels]
        drawn[enclosed] = 0
        found.append(pixels)
    pixels = np.concatenate(found) if found else np.empty(0, np.intp)
    return _Islands(numbers, pixels, last, width + 2)


def _small_outlines(part: npt.NDArray[np.uint8], smallest: float) -> list[_Outline]:
    """The outlines that enclose fewer pixels, largest first, so that nested ones are drawn last."""
    traced, tree = cv2.findContours(part, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    if not traced:
        return []
    outlines = cast("Sequence[_Outline]", traced)
    holes = np.asarray(tree).reshape(-1, 4)[:, 3] >= 0
    sized = [
        (_enclosed(outline), outline)
        for outline, hole in zip(outlines, holes.tolist(), strict=True)
        if not hole and len(outline) < 2 * smallest
    ]
    small = [pair for pair in sized if pair[0] < smallest]
    return [outline for _, outline in sorted(small, key=lambda pair: -pair[0])]


def _enclosed(outline: _Outline) -> float:
    """How many pixels an outline encloses, its own included, by Pick's theorem.

    Every step of an outline goes to a neighbouring pixel, so it has as many steps as points;
    where it runs there and back along a line, both ways count. A lone pixel makes no step.
    """
    steps = len(outline) if len(outline) > 1 else 0
    return cv2.contourArea(outline) + steps / 2 + 1


def _framed(labels: LabelMap, value: int) -> LabelMap:
    framed = cv2.copyMakeBorder(labels, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=value)
    return cast("LabelMap", framed).ravel()
