"""Cut a product by its file's own alpha, where somebody has cut it out already.

Alpha says more than colours can: a white shirt on white is whole. But not all that has alpha is a
cut-out. Corners are rounded by it, photos are laid on a clear ground, and a logo leaves stray
pixels. And not all of a cut-out is the product: a drop shadow is half transparent and fades away,
where a veil or a mesh, half transparent as well, ends sharply.
"""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab, rgb_to_lab
from worker.imaging.cutout import Alpha, straight
from worker.imaging.packshot.cut import cut
from worker.imaging.packshot.drawn import is_drawn
from worker.imaging.packshot.evidence import Plane
from worker.imaging.packshot.frame import without_badges
from worker.imaging.packshot.outline import CERTAIN, certainty, is_edge
from worker.imaging.packshot.parts import LOOSE_PART, cleaned, grow, large_parts
from worker.imaging.packshot.product import (
    LARGEST_PRODUCT,
    SHORTEST_SIDE,
    SMALLEST_PRODUCT,
    Packshot,
    at_working_size,
)
from worker.imaging.regions import Mask, Pixels

# Opacity, as a share of the picture's own highest: of what is surely there, of what is rather there
# than not, and of what is there at all.
_SOLID: Final = 0.9
_HALF: Final = 0.5
_SEEN: Final = 0.15
# What is no more opaque than this (of 255) anywhere is not there.
_LEAST_OPACITY: Final = 16
# The largest part of a product is at least so much of the picture.
_SMALLEST_PART: Final = 0.002
# And a smaller part that is half transparent says nothing of its own.
_SMALLEST_VEIL: Final = 0.0002
# How wide a soft edge is, in pixels of the working size; what reaches further is a veil.
_EDGE_WIDTH: Final = 3
# The edge of a veil: at the steepest this share of its opacity goes within a pixel. Two pixels of a
# blurred shadow take less.
_SHARP: Final = 0.35
# Colours of shadows: at most so light (L) and so vivid (chroma).
_SHADOW_LIGHTNESS: Final = 50.0
_SHADOW_CHROMA: Final = 12.0
# A product whose alpha goes from one to the other by so much, within a few pixels, is certain.
_CERTAIN_STEP: Final = 0.8
# A colour key: nearly nothing that is as white as the paper is opaque.
_PAPER: Final = 254
_NEARLY_NONE: Final = 0.001
# What a key has taken of the product, or left of its shadow, is worth while from this share of the
# product on; the outline of a shadow that was left has less contrast than this, Delta E.
_WORTH_WHILE: Final = 0.04
_KEY_CONTRAST: Final = 0.8


def cut_by_alpha(pixels: Pixels, alpha: Alpha) -> Packshot | None:
    """Cut out what a file's alpha shows.

    Args:
        pixels: RGB uint8 (H, W, 3), laid on white.
        alpha: uint8 (H, W), 255 = opaque.

    Returns:
        The product, at the file's full detail; or None where alpha cuts nothing out: all opaque or
        all clear, a drawn shape such as rounded corners, or less than 1 % or more than 95 % of the
        picture.
    """
    counts = np.bincount(alpha.reshape(-1), minlength=256)
    most = _most_opaque(counts)
    if min(alpha.shape) < SHORTEST_SIDE or most < _LEAST_OPACITY:
        return None
    reduced = cast("Alpha", at_working_size(alpha))
    opacity = np.minimum(reduced.astype(np.float32) / np.float32(most), np.float32(1))
    small = cast("Pixels", at_working_size(pixels))
    product, veil = _without_shadows(opacity, straight(small, reduced))
    product = without_badges(cleaned(product if product.any() else opacity >= _HALF))
    if not _is_product(product) or _is_dust(product) or is_drawn(product):
        return None
    mask = _at_full_size(alpha.astype(np.float32) / np.float32(most), product, veil & product)
    if not counts[1:255].any() and _is_keyed(pixels, alpha):
        lab = rgb_to_lab(small)
        return _behind_key(cut(pixels), mask, lab) or Packshot(mask, certainty(lab, product))
    apart = opacity[..., None] * np.float32(CERTAIN / _CERTAIN_STEP)
    return Packshot(mask, certainty(apart, product))


def _most_opaque(counts: npt.NDArray[np.intp]) -> int:
    """The opacity, 0..255, that a hundredth of all that is seen at all reaches."""
    from_above = np.cumsum(counts[:0:-1])
    if not from_above[-1]:
        return 0
    return 255 - int(np.searchsorted(from_above, max(1, from_above[-1] // 100)))


def _is_product(mask: Mask) -> bool:
    return SMALLEST_PRODUCT <= float(mask.mean()) <= LARGEST_PRODUCT


def _is_dust(mask: Mask) -> bool:
    """Say whether all parts of a mask are tiny: pixels that were left standing."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    return bool(stats[1:, cv2.CC_STAT_AREA].max(initial=0) < _SMALLEST_PART * mask.size)


def _without_shadows(opacity: Plane, colours: Pixels) -> tuple[Mask, Mask]:
    """Return what is the product, and which part of it is half transparent cloth; bool (H, W)."""
    solid = opacity >= _SOLID
    near = grow(solid, _EDGE_WIDTH)
    translucent = (opacity >= _SEEN) & ~near
    slope = cv2.dilate(_slope(opacity), np.ones((5, 5), np.uint8))
    lab = rgb_to_lab(colours)
    veil, shadow = np.zeros_like(solid), np.zeros_like(solid)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(translucent.astype(np.uint8))
    for part in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[part])
        if area < _SMALLEST_VEIL * solid.size:
            continue
        rows = slice(max(0, top - _EDGE_WIDTH), top + height + _EDGE_WIDTH)
        around = rows, slice(max(0, left - _EDGE_WIDTH), left + width + _EDGE_WIDTH)
        place = parts[around] == part
        end = grow(place, 2) & (opacity[around] < _SEEN)
        level = float(np.median(opacity[around][place]))
        is_sharp = not end.any() or float(np.median(slope[around][end])) >= _SHARP * level
        is_black = _is_black(lab[around][place])
        is_cloth = is_sharp and (level >= _HALF or not is_black)
        (veil if is_cloth else shadow)[around] |= place
    # A shadow begins right at the solid part.
    edges = near & (opacity >= _HALF) & ~(grow(shadow, _EDGE_WIDTH) & ~grow(solid, 1))
    return solid | edges | veil, veil


def _is_black(lab: npt.NDArray[np.float32]) -> bool:
    lightness, chroma = lab[:, 0], np.hypot(lab[:, 1], lab[:, 2])
    return bool(np.median(lightness) < _SHADOW_LIGHTNESS and np.median(chroma) < _SHADOW_CHROMA)


def _slope(opacity: Plane) -> Plane:
    """How much of the opacity goes within a pixel, float32 (H, W)."""
    x = cv2.Scharr(opacity, cv2.CV_32F, 1, 0) / 32
    y = cv2.Scharr(opacity, cv2.CV_32F, 0, 1) / 32
    return cast("Plane", np.hypot(x, y))


def _at_full_size(opacity: Plane, product: Mask, veil: Mask) -> Mask:
    """Bring a product to the size of its alpha, with the detail that is there."""
    size = opacity.shape[1], opacity.shape[0]
    kept, thin = (
        cv2.resize(grow(mask, 1).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        for mask in (product, veil)
    )
    shown = kept & (opacity >= np.where(thin, np.float32(_SEEN), np.float32(_HALF)))
    return cleaned(shown)


def _is_keyed(pixels: Pixels, alpha: Alpha) -> bool:
    """Say whether all that is as white as the paper was made transparent."""
    paper = (pixels >= _PAPER).all(axis=2) & (alpha > 0)
    return bool(np.count_nonzero(paper) <= _NEARLY_NONE * np.count_nonzero(alpha))


def _behind_key(seen: Packshot | None, left: Mask, lab: Lab) -> Packshot | None:
    """Return what colours tell where it is more than a colour key has left.

    A key makes white transparent wherever it is: highlights and white cloth are holes, and a shadow
    stands as it was.
    """
    if seen is None:
        return None
    product, found = (at_working_size(mask.astype(np.uint8)) > 0 for mask in (left, seen.mask))
    worth_while = _WORTH_WHILE * np.count_nonzero(product)
    fewer = large_parts(product & ~grow(found, 2), LOOSE_PART)
    if np.count_nonzero(fewer) < worth_while:
        more = found & ~grow(product, 2)
        return seen if np.count_nonzero(more) >= worth_while else None
    return None if is_edge(lab, product, grow(fewer, 1), _KEY_CONTRAST) else seen
