"""Where a piece of an outfit lies: by its usual place on the body, its colours, and its mirror.

1. *Place.* A table says how probable it is that clothes at some row of the body, so far from its
   middle, are a top, a skirt, a shoe …, given that the picture shows one. It was counted in
   labelled photos (``colourway train pieces``).
2. *Mirror.* A body is alike on both sides. The table therefore has three layers: clothes with the
   same colour on the other side, with another colour there, and with no clothes there. That is
   what tells a bag from a coat.
3. *Colour.* Cloth of one colour is mostly one piece. Colours which are met more where the piece is
   probable than elsewhere raise the probability of all their pixels, and the other way round; that
   is repeated, as in the EM algorithm, with the colours of this picture alone.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.catalogue.pieces import Piece
from shared.colour.cielab import rgb_to_lab
from worker.imaging.person.body import Floats, MeanBody, VisibleBody, find_body
from worker.imaging.regions import BACKGROUND, CLOTHES, LabelMap, Mask, Pixels

Indices = npt.NDArray[np.intp]

BUNDLED_TABLE: Final = Path(__file__).with_name("pieces.npz")

BODY_HEIGHT: Final = 128
"""Rows that a whole body has in the reduced picture."""

SAME, OTHER, NONE = range(3)
"""What the other side of the body shows: the same colour, another colour, no clothes."""

# Cells of the table: what the mirror shows, rows of the body, distance from its middle.
SHAPE: Final = (3, 32, 12)
# A part of the body's height: what lies further from the middle than this counts as this far.
_REACH: Final = 0.3
# How far from its mirrored place, in reduced pixels, a colour is looked for: few people stand
# upright and straight.
_STRAY_ROWS: Final = (-5, 0, 5)
_STRAY_COLUMNS: Final = (-6, -3, 0, 3, 6)
# Colours nearer than this in these coordinates are the same.
_ALIKE: Final = 8.0
# Shading multiplies L + 16, a and b by one factor, so a and b are taken in proportion to L + 16,
# which counts as no less than _DARK: near black that would blow up the camera's noise.
_MIDDLE, _DARK = 70.0, 40.0
_LIGHTNESS_WEIGHT: Final = 0.5
# Colours are counted in cells of this size, in lightness and in a and b.
_LIGHTNESS_CELL, _HUE_CELL = 20.0, 12.0
_COLOUR_WEIGHT: Final = 0.7
_ROUNDS: Final = 3
_BLUR: Final = 1.5
# A pixel belongs to the piece from this probability on; where none reaches it, from this part of
# the highest.
_SURE: Final = 0.6
_RELATIVE: Final = 0.8
_HIGHEST_PERCENTILE: Final = 97
# Below this the piece is not in the picture.
_HOPELESS: Final = 0.2
# Nor is one that takes a smaller share of the clothes than this.
LEAST_SHARE: Final = 0.005


@dataclass(frozen=True)
class PieceTable:
    """How probable each piece is in each cell, and the mean body.

    ``prior`` is float32 (pieces, 3, 32, 12), 0..1; ``pieces`` names its first axis.
    """

    pieces: tuple[Piece, ...]
    prior: Floats
    body: MeanBody

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a table, the bundled one unless a path is given."""
        with np.load(path or BUNDLED_TABLE) as file:
            pieces = tuple(Piece(str(name)) for name in file["pieces"])
            prior = file["prior"].astype(np.float32) / 255
            return cls(pieces, prior, MeanBody(file["body_mean"], file["body_spread"]))

    def save(self, path: Path) -> None:
        """Write the table, probabilities rounded to 1/255; the same table gives the same bytes."""
        np.savez_compressed(
            path,
            pieces=np.array(self.pieces),
            prior=np.rint(self.prior * 255).astype(np.uint8),
            body_mean=self.body.mean,
            body_spread=self.body.spread,
        )

    def of(self, piece: Piece) -> Floats:
        """The probabilities of one piece, float32 (cells,)."""
        return self.prior[self.pieces.index(piece)].ravel()


@dataclass(frozen=True)
class ScaledPerson:
    """A person's box, reduced so that the whole body would be 128 rows high.

    ``pixels`` is RGB uint8 (h, w, 3), ``labels`` uint8 (h, w).
    """

    pixels: Pixels
    labels: LabelMap
    body: VisibleBody

    @cached_property
    def clothes(self) -> Mask:
        """Bool (h, w)."""
        return self.labels == CLOTHES

    @cached_property
    def cells(self) -> Indices:
        """The cell of each pixel of the clothes, (N,), in the order of the mask."""
        height, width = self.labels.shape
        row = self.body.first + (np.arange(height) + 0.5) / height * self._part
        off = np.abs(np.arange(width) + 0.5 - self._middle) / BODY_HEIGHT
        y = np.minimum((row * SHAPE[1]).astype(np.intp), SHAPE[1] - 1)
        x = np.minimum((off / _REACH * SHAPE[2]).astype(np.intp), SHAPE[2] - 1)
        cell = np.ravel_multi_index((self._mirrored(), y[:, None], x[None]), SHAPE)
        return cell[self.clothes]

    @cached_property
    def colours(self) -> Indices:
        """The number of each clothes pixel's colour cell, (N,)."""
        sizes = (_LIGHTNESS_CELL * _LIGHTNESS_WEIGHT, _HUE_CELL, _HUE_CELL)
        cell = np.floor(self._cloth[self.clothes] / sizes).astype(np.int64)
        cell -= cell.min(axis=0)
        number = np.ravel_multi_index(tuple(cell.T), tuple(cell.max(axis=0) + 1))
        return np.unique(number, return_inverse=True)[1]

    @property
    def _part(self) -> float:
        return self.body.last - self.body.first

    @cached_property
    def _middle(self) -> float:
        return float(np.median(np.nonzero(self.labels != BACKGROUND)[1])) + 0.5

    @cached_property
    def _cloth(self) -> Floats:
        lab = rgb_to_lab(self.pixels)
        stretch = _MIDDLE / np.maximum(lab[..., :1] + 16, _DARK)
        return np.concatenate([lab[..., :1] * _LIGHTNESS_WEIGHT, lab[..., 1:] * stretch], axis=-1)

    def _mirrored(self) -> Indices:
        """What the other side of the body shows of each pixel's colour, (h, w)."""
        rows, columns = max(_STRAY_ROWS), max(_STRAY_COLUMNS)
        margin = ((rows, rows), (columns, columns))
        blurred = cv2.GaussianBlur(self._cloth, (0, 0), _BLUR)
        height, width = self.labels.shape
        mirror = np.rint(2 * self._middle - np.arange(width) - 1).astype(np.intp)
        there = (mirror >= 0) & (mirror < width)
        column = np.clip(mirror, 0, width - 1)
        clothed = np.pad(self.clothes[:, column] & there, margin)
        other = np.pad(blurred[:, column], (*margin, (0, 0)))
        nearest = np.full((height, width), np.inf, np.float32)
        for dy in _STRAY_ROWS:
            for dx in _STRAY_COLUMNS:
                window = (
                    slice(rows + dy, rows + dy + height),
                    slice(columns + dx, columns + dx + width),
                )
                off = other[window] - blurred
                far = np.einsum("yxc,yxc->yx", off, off)
                np.minimum(nearest, far, out=nearest, where=clothed[window])
        return np.where(nearest < _ALIKE**2, SAME, np.where(nearest < np.inf, OTHER, NONE))


def scale_person(pixels: Pixels, labels: LabelMap, body: VisibleBody) -> ScaledPerson:
    """Cut a person's box out and reduce it.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        body: as found in the labels.
    """
    top, left, bottom, right = body.box_yxyx
    scale = BODY_HEIGHT / body.height
    size = (max(1, round((right - left) * scale)), max(1, round((bottom - top) * scale)))
    part = pixels[top:bottom, left:right]
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    named = cv2.resize(labels[top:bottom, left:right], size, interpolation=cv2.INTER_NEAREST)
    return ScaledPerson(cast("Pixels", small), cast("LabelMap", named), body)


def find_piece(pixels: Pixels, labels: LabelMap, piece: Piece, table: PieceTable) -> Mask | None:
    """Find where a person wears a piece.

    Args:
        pixels: RGB uint8 (H, W, 3).
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        piece: what is for sale.
        table: where pieces lie.

    Returns:
        bool (H, W), a part of the clothes; None where the piece is not to be seen.

    Raises:
        ValueError: the shapes do not fit each other.
    """
    if pixels.shape != (*labels.shape, 3):
        raise ValueError(f"expected pixels {(*labels.shape, 3)}, got {pixels.shape}")
    body = find_body(labels, table.body)
    if body is None:
        return None
    person = scale_person(pixels, labels, body)
    if not person.clothes.any():
        return None
    probable = _smooth(_probable(table.of(piece)[person.cells], person.colours), person.clothes)
    highest = float(np.percentile(probable[person.clothes], _HIGHEST_PERCENTILE))
    if highest < _HOPELESS:
        return None
    top, left, bottom, right = body.box_yxyx
    large = cv2.resize(probable, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR)
    found = np.zeros(labels.shape, np.bool_)
    found[top:bottom, left:right] = large > min(_SURE, _RELATIVE * highest)
    found &= labels == CLOTHES
    enough = LEAST_SHARE * np.count_nonzero(labels == CLOTHES)
    return found if np.count_nonzero(found) >= max(enough, 1) else None


def _probable(prior: Floats, colours: Indices) -> Floats:
    """How probable the piece is in each pixel, (N,), once the picture's colours are counted."""
    prior = np.clip(prior, 0.01, 0.99)
    odds = np.log(prior / (1 - prior))
    probable = prior
    for _ in range(_ROUNDS):
        inside = np.bincount(colours, probable)
        outside = np.bincount(colours, 1 - probable)
        # One pixel more in every colour, spread as its kind is: a colour seen once proves nothing.
        inside += inside.sum() / len(colours)
        outside += outside.sum() / len(colours)
        ratio = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
        probable = 1 / (1 + np.exp(-(odds + _COLOUR_WEIGHT * ratio[colours])))
    return probable.astype(np.float32)


def _smooth(probable: Floats, clothes: Mask) -> Floats:
    """Blur what is known of the clothes' pixels, (N,), among them: float32 (h, w)."""
    spread = np.zeros(clothes.shape, np.float32)
    spread[clothes] = probable
    near = cv2.GaussianBlur(clothes.astype(np.float32), (0, 0), _BLUR)
    blurred = cv2.GaussianBlur(spread, (0, 0), _BLUR) / np.maximum(near, 1e-3)
    return blurred.astype(np.float32)
