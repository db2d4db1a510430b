"""Cut a product from a plain backdrop, for pictures without a person.

The border is taken as a sample of the backdrop, and a smooth surface through it (a vignette, a
lamp to one side) says what the backdrop looks like behind the product. From the border the
backdrop is then flooded inwards: over pixels that are the backdrop or the backdrop in shade, and
never across an edge. So a soft shadow belongs to the backdrop although it is as dark as a grey
shirt, and a white shirt on white is kept by its outline although its inside is white.
"""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab, rgb_to_lab
from worker.imaging.packshot.backdrop import Backdrop, find_backdrop
from worker.imaging.packshot.evidence import Evidence, Plane, weigh
from worker.imaging.packshot.frame import Frame, find_frame, rounded_corners, without_badges
from worker.imaging.packshot.outline import certainty, is_edge
from worker.imaging.packshot.parts import (
    CROSS,
    LOOSE_PART,
    SMALLEST_HOLE,
    cleaned,
    grow,
    large_parts,
)
from worker.imaging.packshot.product import (
    LARGEST_PRODUCT,
    SHORTEST_SIDE,
    SMALLEST_PRODUCT,
    Packshot,
    at_working_size,
)
from worker.imaging.regions import Mask, Pixels

# Slope, in Delta E a pixel, from which there is an edge; rough backdrops need more.
_LEAST_EDGE: Final = 0.85
# ... and of the faint outlines of pale cloth on a pale backdrop, which are looked for in turn.
_FAINT_EDGES: Final = (0.4, 0.25, 0.15)
# The contrast of such an outline, in Delta E: at least so much; more where the product without it
# is most of the whole; and that of a hole in such a cloth.
_FAINT_CONTRAST: Final = 0.8
_RIM_CONTRAST: Final = 2.2
_MOST: Final = 0.5
_HOLE_CONTRAST: Final = 3.0
# Bites in such an outline, up to this share of the shorter side deep, are filled.
_BITE: Final = 0.03
# How wide a shadow beside a faint outline may be, in pixels.
_SHADOW_WIDTH: Final = 12
# What fainter edges add is looked at where it is this share of the product.
_WORTH_WHILE: Final = 0.04
# Holes are: at most this share of the product around; this much nearer to the backdrop than what
# is not the backdrop; and at most this share of it within so many pixels of the backdrop outside.
_LARGEST_HOLE: Final = 0.5
_HOLE_LIKENESS: Final = 0.35
_AT_OUTLINE: Final = 0.5
_EDGE_WIDTH: Final = 20
# Half the width in pixels of the gaps in an outline through which the flood does not pass.
_GAP: Final = 3

_SQUARE: Final = np.ones((3, 3), np.uint8)


def cut(pixels: Pixels) -> Packshot | None:
    """Cut the product out of a picture with one plain backdrop.

    Frames, letterboxes, banners, rounded corners and badges come off first.

    Args:
        pixels: RGB uint8 (H, W, 3).

    Returns:
        The product; or None where the border is no plain backdrop, or where what stands before it
        covers less than 1 % or more than 95 % of the picture.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < SHORTEST_SIDE:
        return None
    lab = rgb_to_lab(cast("Pixels", at_working_size(pixels)))
    frame = find_frame(lab)
    found = _cut_within(lab[frame.inside])
    if found is None and frame.is_there(lab.shape[:2]):
        # What looked like a frame may have been part of the picture.
        frame = Frame.around(lab.shape[:2])
        found = _cut_within(lab)
    if found is None:
        return None
    product = np.zeros(lab.shape[:2], np.bool_)
    product[frame.inside] = found.mask
    if lab.shape[:2] != (height, width):
        product = cv2.resize(product.astype(np.float32), (width, height)) > 0.5
    covered = float(product.mean())
    if not SMALLEST_PRODUCT <= covered <= LARGEST_PRODUCT:
        return None
    return Packshot(product, found.certainty)


def _cut_within(sharp: Lab) -> Packshot | None:
    """Cut the product out of a picture without a frame, at its working size."""
    if min(sharp.shape[:2]) < SHORTEST_SIDE:
        return None
    corners = rounded_corners(sharp)
    if corners.any():
        sharp = sharp.copy()
        sharp[grow(corners, 3)] = _usual_border(sharp, corners)
    lab = cast("Lab", cv2.GaussianBlur(sharp, (3, 3), 0))
    backdrop = find_backdrop(lab)
    if backdrop is None:
        return None
    product = without_badges(_whole_product(lab, backdrop))
    return Packshot(product, certainty(lab, product)) if product.any() else None


def _usual_border(lab: Lab, beyond: Mask) -> npt.NDArray[np.float32]:
    """The usual colour of the border, Lab (3,), without what is beyond its corners."""
    border = np.ones(beyond.shape, np.bool_)
    border[2:-2, 2:-2] = False
    return np.median(lab[border & ~beyond], axis=0)


def _whole_product(lab: Lab, backdrop: Backdrop) -> Mask:
    """What stands before the backdrop, faint outlines included: a print is not the product.

    A pale cloth hardly differs from a pale backdrop, and only its outline tells. Of a soft shadow
    the outline is soft.
    """
    evidence = weigh(lab, backdrop)
    product = _product(evidence, _LEAST_EDGE)
    # In a rough picture fainter edges are grain, and the next look would see the same.
    looked_for = evidence.edge_from(_LEAST_EDGE)
    for least_edge in _FAINT_EDGES:
        if evidence.edge_from(least_edge) == looked_for:
            continue
        looked_for = evidence.edge_from(least_edge)
        whole = _product(evidence, least_edge) | product
        beyond = whole & ~product
        if beyond.sum() < _WORTH_WHILE * whole.sum():
            continue
        # A rim round most of a product is its shadow, unless it stands out clearly.
        is_rim = product.sum() > _MOST * whole.sum()
        if is_edge(lab, whole, beyond, _RIM_CONTRAST if is_rim else _FAINT_CONTRAST):
            product = _mend(lab, _without_shadow(lab, whole, product))
    return product


def _mend(lab: Lab, product: Mask) -> Mask:
    """Fill a pale cloth where its highlights are as light as the backdrop."""
    radius = max(1, round(_BITE * min(product.shape)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    padded = np.pad(product.astype(np.uint8), radius)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, disc)[radius:-radius, radius:-radius]
    mended = closed > 0
    count, parts = cv2.connectedComponents((~mended).astype(np.uint8), connectivity=4)
    outside = np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))
    for part in set(range(1, count)) - set(outside.tolist()):
        hole = parts == part
        if not is_edge(lab, mended, grow(hole, 1), _HOLE_CONTRAST):
            mended |= hole
    return mended


def _without_shadow(lab: Lab, whole: Mask, sure: Mask) -> Mask:
    """Draw a faint outline in to where its edge is strongest, past a shadow beside the cloth."""
    core = cv2.erode(whole.astype(np.uint8), CROSS, iterations=_SHADOW_WIDTH) > 0
    if not core.any():
        return whole
    return _part(lab, ~grow(whole, 1), core | sure) & (whole | sure)


def _product(evidence: Evidence, least_edge: float) -> Mask:
    """What stands before the backdrop, bool (H, W), with edges from this slope on."""
    lab, backdrop, shade = evidence.lab, evidence.backdrop, evidence.shade
    edges = grow(evidence.slope > evidence.edge_from(least_edge), 1)
    passable = shade & ~edges
    background = _flood(passable, backdrop.inliers)
    # Sure of the product: what no shadow can look like, and what its outline shuts in.
    unlike = cv2.morphologyEx((~shade).astype(np.uint8), cv2.MORPH_OPEN, _SQUARE) > 0
    shut_in = passable & ~background
    holes = _holes(shut_in, background, evidence.apart)
    product = large_parts(unlike | (shut_in & ~holes), LOOSE_PART)
    if not product.any():
        return product
    parted = _part(lab, background | holes, cv2.erode(product.astype(np.uint8), CROSS) > 0)
    smooth = cv2.medianBlur(parted.astype(np.uint8), 5) > 0
    return cleaned(smooth)


def _part(lab: Lab, background: Mask, product: Mask) -> Mask:
    """Divide what is between the two along the strongest edge (watershed)."""
    markers = background.astype(np.int32) + 2 * product.astype(np.int32)
    scaled = lab * np.array([2.55, 1, 1], np.float32) + np.array([0, 128, 128], np.float32)
    picture = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
    lines = cv2.watershed(picture, markers)
    # The dividing line is one pixel wide and counts as product; the frame is never divided.
    parted = lines != 1
    parted[[0, -1], :] = ~background[[0, -1], :] & parted[[1, -2], :]
    parted[:, [0, -1]] = ~background[:, [0, -1]] & parted[:, [1, -2]]
    return parted


def _flood(passable: Mask, seeds: Mask) -> Mask:
    """What can be reached from the seeds through passages wider than a gap in a faint outline."""
    wide = ~grow(~passable, _GAP)
    _, parts = cv2.connectedComponents(wide.astype(np.uint8), connectivity=4)
    # The frame itself is no outline, so seeds may lie in what has just been narrowed away.
    reached = np.isin(parts, np.unique(parts[grow(seeds & passable, _GAP) & wide]))
    return grow(reached, 2 * _GAP) & passable


def _holes(shut_in: Mask, background: Mask, apart: Plane) -> Mask:
    """Places through which the backdrop is seen: within a handle, between straps.

    White cloth on white looks the same there. But then it is most of the product, or the product
    around it is hardly unlike the backdrop either, or, as a white sole does, it lies at the
    product's outline with the backdrop right beyond.
    """
    holes = np.zeros_like(shut_in)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(shut_in.astype(np.uint8))
    outline = grow(background, _EDGE_WIDTH)
    inside = ~background
    most_alike = _HOLE_LIKENESS * float(np.median(apart[inside])) if inside.any() else 0.0
    smallest, covered = SMALLEST_HOLE * shut_in.size, np.count_nonzero(inside)
    for part in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[part])
        if area < smallest or area > _LARGEST_HOLE * (covered - area):
            continue
        window = np.s_[top : top + height, left : left + width]
        place = parts[window] == part
        if (
            np.median(apart[window][place]) <= most_alike
            and outline[window][place].mean() <= _AT_OUTLINE
        ):
            holes[window] |= place
    return holes
