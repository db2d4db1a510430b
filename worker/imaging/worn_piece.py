"""Where a person wears a piece of an outfit, read from the painting of its parts.

The shop's word is evidence: the piece is in the picture unless nothing looks like it. So where the
painter hesitates between the piece and another, the piece gains the odds that its likeliest place
lacks to be believed. A cardigan that was painted as a top becomes outerwear when it is sold as
such; a coat over a dress stays a coat, since the dress's likeliest place needs no help. And who
wears a dress hardly wears a skirt: what is sold as the one was hardly the other; nor were tights
trousers. And where nothing looks like what is sold, it is what it may have been taken for: the
skirt is what was painted as a dress, and the dress what was painted as a top and a skirt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

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


@dataclass(frozen=True)
class WornPiece:
    """A piece that was found.

    Attributes:
        mask: bool (H, W), a part of the clothes.
        certainty: 0..1, the mean share that the painter gave the piece on its own pixels.
    """

    mask: Mask
    certainty: float


def find_worn(parts: PartShares, labels: LabelMap, piece: Piece) -> WornPiece | None:
    """Find a piece that the shop names.

    Args:
        parts: the painting of the parts.
        labels: uint8 (H, W): 0 background, 1 skin, 2 hair, 3 clothes.
        piece: what is for sale.

    Returns:
        The piece, or else what it may have been taken for; None where nothing looks like either.
    """
    found = painted_as(piece, parts, labels, _NOT_BESIDE.get(piece, ()))
    if found is not None:
        return found
    others = [painted_as(other, parts, labels) for other in _TAKEN_FOR.get(piece, ())]
    return _together([worn for worn in others if worn is not None])


def _together(found: Sequence[WornPiece]) -> WornPiece | None:
    """Several pieces as one, no surer than the least sure of them; None where there are none."""
    if not found:
        return None
    mask = np.logical_or.reduce([worn.mask for worn in found])
    return WornPiece(mask, min(worn.certainty for worn in found))


def painted_as(
    piece: Piece, parts: PartShares, labels: LabelMap, not_beside: tuple[Piece, ...] = ()
) -> WornPiece | None:
    """Find a piece that was painted as itself, at least with the help of the word.

    Arguments are those of :func:`find_worn`; ``not_beside`` was hardly painted instead.
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
    favoured = np.where(clothes > 0.05, favoured, 0).astype(np.float32)
    return _at_photo(parts, labels, favoured, parts.of(piece))


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


def _at_photo(
    parts: PartShares, labels: LabelMap, favoured: Floats, share: Floats
) -> WornPiece | None:
    top, left, bottom, right = parts.box
    window = slice(top, bottom), slice(left, right)
    mask = np.zeros(labels.shape, np.bool_)
    clothes = labels[window] == CLOTHES
    mask[window] = (parts.at_photo(favoured) > 0.5) & clothes
    if np.count_nonzero(mask) < max(1, _LEAST_SHARE * np.count_nonzero(clothes)):
        return None
    chosen = favoured > 0.5
    certainty = float(share[chosen].mean()) if chosen.any() else 0.0
    return WornPiece(without_specks(mask), certainty)


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
