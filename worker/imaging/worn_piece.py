"""Where a person wears a piece of an outfit, read from the painting of its parts.

The shop's word is evidence: the piece is in the picture unless nothing looks like it. So where the
painter hesitates between the piece and another, the piece gains the odds that its likeliest place
lacks to be believed. A cardigan that was painted as a top becomes outerwear when it is sold as
such; a coat over a dress stays a coat, since the dress's likeliest place needs no help. And who
wears a dress hardly wears a skirt: what is sold as the one was hardly the other; nor were tights
trousers. And where nothing looks like what is sold, it is what it may have been taken for: the
skirt is what was painted as a dress, and the dress what was painted as a top and a skirt.

So much says whether the piece is there, and where it seems to be. A network that has seen how the
painter errs corrects the latter, where there is one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from shared.catalogue.pieces import Piece
from worker.imaging.cutout import without_specks
from worker.imaging.labels.merges import PARTS
from worker.imaging.part_shares import FIRST_GARMENT, Floats, PartShares
from worker.imaging.regions import CLOTHES, LabelMap, Mask

# The likeliest place of a piece: the share that this part of the clothes exceeds.
_PLACE: Final = 0.02
_LEAST_PLACE: Final = 24  # pixels of the painting
# What a piece was hardly painted instead of, and how much less that counts.
_NOT_BESIDE: Final[dict[Piece, tuple[Piece, ...]]] = {
    Piece.DRESS: (Piece.TOP, Piece.BOTTOM),
    Piece.BOTTOM: (Piece.DRESS,),
    Piece.LEGWEAR: (Piece.BOTTOM,),
}
_HARDLY: Final = 0.01
# What a piece may have been taken for: half-zips for tops, skirts and tunics for dresses, and
# dresses for a top and a skirt.
_TAKEN_FOR: Final[dict[Piece, tuple[Piece, ...]]] = {
    Piece.OUTERWEAR: (Piece.TOP,),
    Piece.BOTTOM: (Piece.DRESS,),
    Piece.TOP: (Piece.DRESS,),
    Piece.DRESS: (Piece.TOP, Piece.BOTTOM),
}
# Odds to which a piece is helped at its likeliest place.
_BELIEVED: Final = 20.0
# A piece whose likeliest place has a smaller share than this is not in the picture.
_HOPELESS: Final = 0.08
# Of the clothes' pixels that a found piece has at least.
_LEAST_SHARE: Final = 0.002
# Clothes take more than this share of a pixel that may show a piece.
_SOME: Final = 0.05

# No correction is so large that more of it would tell, nor that odds would be endless.
_FURTHEST: Final = 30.0

LEAST: Final = 0.01
"""No share is nearer to 0 or 1 where it is corrected: its logit would be endless."""


@dataclass(frozen=True)
class WornPiece:
    """A piece that was found.

    Attributes:
        mask: bool (H, W), a part of the clothes.
        certainty: 0..1, the mean share that the painter gave the piece on its own pixels.
    """

    mask: Mask
    certainty: float


class Corrector(Protocol):
    """The network ``worn_piece``, compiled."""

    @property
    def size_hw(self) -> tuple[int, int]:
        """Its canvas."""
        ...

    def __call__(
        self, canvases: npt.NDArray[np.uint8], pieces: npt.NDArray[np.float32], /
    ) -> npt.NDArray[np.float32]:
        """What to add to the logits of where a piece seems to be, float32 (B, h, w).

        Args:
            canvases: uint8 (B, h, w, 15), as :func:`canvas_of` makes them.
            pieces: float32 (B, 10), 1 for the piece by its place in ``Piece``.
        """
        ...


@dataclass(frozen=True)
class Seeming:
    """Where a piece seems to be.

    Attributes:
        plane: float32 (h, w) in 0..1, how likely it is that each pixel of the painting shows it.
        certainty: as that of :class:`WornPiece`.
    """

    plane: Floats
    certainty: float


def find_worn(
    parts: PartShares, labels: LabelMap, piece: Piece, corrector: Corrector | None = None
) -> WornPiece | None:
    """Find a piece that the shop names.

    Args:
        parts: the painting of the parts.
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        piece: what is for sale.
        corrector: corrects where it seems to be.

    Returns:
        The piece, or else what it may have been taken for; None where nothing looks like either.
    """
    seeming = corrected(seems(piece, parts), parts, piece, corrector)
    return None if seeming is None else _at_photo(parts, labels, seeming)


def find_painted(
    parts: PartShares, labels: LabelMap, piece: Piece, corrector: Corrector | None = None
) -> WornPiece | None:
    """Find a piece that was painted as itself, and as nothing else; see :func:`find_worn`."""
    seeming = corrected(painted_as(piece, parts), parts, piece, corrector)
    return None if seeming is None else _at_photo(parts, labels, seeming)


def seems(piece: Piece, parts: PartShares) -> Seeming | None:
    """Where a piece seems to be, or else what it may have been taken for, by shares alone."""
    found = painted_as(piece, parts, _NOT_BESIDE.get(piece, ()))
    if found is not None:
        return found
    others = [painted_as(other, parts) for other in _TAKEN_FOR.get(piece, ())]
    return _together([each for each in others if each is not None])


def _together(found: Sequence[Seeming]) -> Seeming | None:
    """Several pieces as one, no surer than the least sure of them; None where there are none."""
    if not found:
        return None
    plane = np.maximum.reduce([each.plane for each in found])
    return Seeming(plane, min(each.certainty for each in found))


def corrected(
    seeming: Seeming | None, parts: PartShares, piece: Piece, corrector: Corrector | None
) -> Seeming | None:
    """Where a piece seems to be as the network corrects it, if there is one and it is there."""
    if seeming is None or corrector is None:
        return seeming
    plane = seeming.plane
    row = np.array([[each is piece for each in Piece]], np.float32)
    correction = corrector(canvas_of(parts, plane, corrector.size_hw)[None], row)[0]
    finer = cv2.resize(correction, plane.shape[::-1], interpolation=cv2.INTER_LINEAR)
    odds = (plane + LEAST) / (1 + LEAST - plane) * np.exp(np.clip(finer, -_FURTHEST, _FURTHEST))
    right = np.where(parts.clothes > _SOME, odds / (1 + odds), 0).astype(np.float32)
    return replace(seeming, plane=right)


def canvas_of(parts: PartShares, plane: Floats, size_hw: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """What the network sees, uint8 (h, w, 15): each part's share, and where the piece seems to be.

    Args:
        parts: the painting of the parts.
        plane: float32 (H, W) in 0..1.
        size_hw: the network's canvas.
    """
    size = size_hw[::-1]
    shares = cv2.resize(parts.shares, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    seeming = cv2.resize(plane, size, interpolation=cv2.INTER_AREA)
    return np.dstack([shares, np.rint(seeming * 255).astype(np.uint8)])


def painted_as(
    piece: Piece, parts: PartShares, not_beside: tuple[Piece, ...] = ()
) -> Seeming | None:
    """Where a piece was painted as itself, at least with the help of the word.

    Args:
        piece: which.
        parts: the painting of the parts.
        not_beside: pieces that it was hardly painted instead of.
    """
    clothes = parts.clothes
    worn = clothes > 0.5
    if not worn.any() or _likeliest(_of_clothes(parts, piece, clothes)[worn]) < _HOPELESS:
        return None
    left = clothes.copy()
    for other in not_beside:
        left -= (1 - _HARDLY) * parts.of(other)
    share = _of_clothes(parts, piece, left)
    help_ = _help(share[worn])
    favoured = help_ * share / (help_ * share + 1 - share)
    favoured = np.where(clothes > _SOME, favoured, 0).astype(np.float32)
    chosen = favoured > 0.5
    if np.count_nonzero(chosen) < max(1, _LEAST_SHARE * np.count_nonzero(worn)):
        return None
    return Seeming(favoured, float(parts.of(piece)[chosen].mean()))


def _of_clothes(parts: PartShares, piece: Piece, clothes: Floats) -> Floats:
    """A piece's part of the clothes in each pixel of the painting, float32 (h, w) in 0..1."""
    return np.minimum(parts.of(piece) / np.maximum(clothes, 1e-3), 1).astype(np.float32)


def _likeliest(shares: Floats) -> float:
    """The share, 0..1, of a piece's likeliest place, of float32 (N,): its part of the clothes."""
    count = min(len(shares), max(_LEAST_PLACE, round(_PLACE * len(shares))))
    return float(np.partition(shares, -count)[-count])


def _help(shares: Floats) -> float:
    """By how much the odds of a piece are raised, of its shares as for :func:`_likeliest`."""
    likeliest = _likeliest(shares)
    return max(1.0, _BELIEVED * max(1 - likeliest, 1e-3) / likeliest)


def _at_photo(parts: PartShares, labels: LabelMap, seeming: Seeming) -> WornPiece | None:
    top, left, bottom, right = parts.box
    window = slice(top, bottom), slice(left, right)
    mask = np.zeros(labels.shape, np.bool_)
    clothes = labels[window] == CLOTHES
    mask[window] = (parts.at_photo(seeming.plane) > 0.5) & clothes
    if np.count_nonzero(mask) < max(1, _LEAST_SHARE * np.count_nonzero(clothes)):
        return None
    return WornPiece(without_specks(mask), seeming.certainty)


def main_piece(parts: PartShares) -> Piece | None:
    """The piece that a picture is about where no word says it.

    The largest piece, pixels near the middle counting most; None where there are no clothes.

    Args:
        parts: the painting of the parts.
    """
    named = [piece.value for piece in Piece]
    height, width = parts.shares.shape[:2]
    rows = np.abs((np.arange(height) + 0.5) / height - 0.5)[:, None]
    columns = np.abs((np.arange(width) + 0.5) / width - 0.5)[None]
    middle = 1.2 - rows - columns
    most, best = parts.garments[0], np.zeros((height, width), np.uint8)
    for place, plane in enumerate(parts.garments[1:], 1):
        best[plane > most] = place
        most = np.maximum(most, plane)
    worn = parts.clothes > 0.5
    heavy = np.bincount(best[worn], middle[worn], len(PARTS) - FIRST_GARMENT)
    weights = {name: float(heavy[PARTS.index(name) - FIRST_GARMENT]) for name in named}
    chosen = max(weights, key=weights.__getitem__)
    return Piece(chosen) if weights[chosen] > 0 else None
