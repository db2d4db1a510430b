"""The edge of a cut-out: opacity that follows the picture, and colours without the background.

A network's outline is right to a few pixels of its own canvas: the photo knows better where cloth
ends. Near the outline opacity is fitted as a linear function of the picture, window by window: the
guided filter of He, Sun and Tang, "Guided Image Filtering", IEEE Transactions on Pattern Analysis
and Machine Intelligence 35 (2013). Where a pixel is part cloth, part background, its colour is
replaced by the cloth's: Forte, "Approximate Fast Foreground Colour Estimation", ICIP (2021).
"""

from typing import Final, NamedTuple, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.cutout import Alpha
from worker.imaging.regions import Mask, Pixels

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
"""Pixels, (N,), counted row by row from the picture's first."""

# How much a window of the guide, 0..1, must vary before its edges count.
_EPSILON: Final = np.float32(1e-4)
_LEVEL: Final = np.float32(1 / 255)
_OPAQUE: Final = np.uint8(255)
_FITTED: Final = np.uint8(1)  # in place of an opacity that is not known yet
_PARTS: Final = np.array([0, _FITTED, _OPAQUE], np.uint8)
# What varies little from pixel to pixel is reckoned on a smaller picture: one in which a window
# still reaches so many pixels to each side.
_LEAST_RADIUS: Final = 3
# Opacity from here to there is drawn out to 0..1: below is what the fit leaks into the background.
_CLEAR, _FULL = 0.25, 0.75


def fitted_alpha(pixels: Pixels, mask: Mask, radius: int) -> Alpha:
    """Opacity that follows the edges of a picture.

    Args:
        pixels: RGB uint8 (H, W, 3).
        mask: bool (H, W), what is to be seen, right to about ``radius`` pixels.
        radius: how far from the mask's edge opacity may differ from the mask.

    Returns:
        uint8 (H, W): 255 further inside than the radius, 0 further outside.
    """
    small = _smaller(mask, radius)
    few = _sampled(mask.view(np.uint8) * _OPAQUE, small.size_hw)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, small.window)
    # Beyond the picture nothing is known: its border is no edge.
    inside = cv2.erode((few == _OPAQUE).view(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE)
    near = cv2.dilate((few > 0).view(np.uint8), kernel)
    # Clear, to be fitted, and opaque.
    parts = _PARTS[cast("Alpha", cv2.add(inside, near))]
    alpha = cv2.resize(parts, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    band = np.flatnonzero(alpha == _FITTED)
    fitted = _guided(pixels, few, small, band)
    opacity = np.rint(np.clip((fitted - _CLEAR) / (_FULL - _CLEAR), 0, 1) * 255)
    alpha.ravel()[band] = opacity.astype(np.uint8)
    return cast("Alpha", alpha)


def _guided(pixels: Pixels, few: Alpha, small: "_Smaller", band: Places) -> Floats:
    """Fit a mask window by window as a linear function of the picture.

    The functions are found on a smaller picture (He and Sun, "Fast Guided Filter", 2015): they
    vary little from pixel to pixel.

    Args:
        pixels: RGB uint8 (H, W, 3).
        few: the mask on the smaller picture, 0..255.
        small: the size of that.
        band: pixels of the photo.

    Returns:
        float32 (N,), about 0..1: the fit at the pixels of the band.
    """
    guide = [cast("Floats", plane * _LEVEL) for plane in cv2.split(_sampled(pixels, small.size_hw))]
    covered = cast("Floats", few * _LEVEL)

    def mean(plane: Floats) -> Floats:
        return cast("Floats", cv2.blur(plane, small.window, borderType=cv2.BORDER_REFLECT))

    centre, level = [mean(plane) for plane in guide], mean(covered)
    cross = [
        cast("Floats", mean(cast("Floats", plane * covered)) - middle * level)
        for plane, middle in zip(guide, centre, strict=True)
    ]
    spread = [
        cast("Floats", mean(cast("Floats", guide[i] * guide[j])) - centre[i] * centre[j])
        for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    ]
    for k in (0, 3, 5):  # red, green and blue with themselves
        spread[k] += _EPSILON
    slope = _solved(spread, cross)
    offset = level.copy()
    for each, middle in zip(slope, centre, strict=True):
        offset -= each * middle
    linear = cv2.merge([mean(plane) for plane in (*slope, offset)])
    fit = _at(cast("Floats", linear), pixels.shape, band)
    colour = np.take(pixels.reshape(-1, 3), band, axis=0)
    # Column by column: NumPy adds along short rows many times as slowly.
    lit = fit[:, 0] * colour[:, 0] + fit[:, 1] * colour[:, 1] + fit[:, 2] * colour[:, 2]
    return cast("Floats", lit * _LEVEL + fit[:, 3])


class _Smaller(NamedTuple):
    """The size of a smaller picture, and of a window in it, as OpenCV wants it."""

    size_hw: tuple[int, int]
    window: tuple[int, int]


def _sampled(picture: Pixels, size_hw: tuple[int, int]) -> Pixels:
    """A picture, uint8 (H, W) or (H, W, 3), at the smaller size: bilinear, as the paper samples."""
    return cast("Pixels", cv2.resize(picture, size_hw[::-1], interpolation=cv2.INTER_LINEAR))


def _at(plane: Floats, size: tuple[int, ...], places: Places) -> Floats:
    """A smaller picture, float32 (h, w, C), at places of the one of ``size``: bilinear, (N, C)."""
    count, row = len(places), 1024  # OpenCV wants the places as a picture
    where = np.zeros((2, -(-max(count, 1) // row) * row), np.float32)
    rows = places // size[1]
    for axis, at in enumerate((rows, places - rows * size[1])):
        scale = np.float32(plane.shape[axis] / size[axis])
        where[axis, :count] = (at.astype(np.float32) + np.float32(0.5)) * scale - np.float32(0.5)
    y, x = (each.reshape(-1, row) for each in where)
    found = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cast("Floats", found.reshape(-1, plane.shape[2])[:count])


def _smaller(picture: Alpha | Mask, radius: int) -> _Smaller:
    """The size at which windows of a radius are looked through: a half of the picture's or less."""
    factor = max(2, radius // _LEAST_RADIUS)
    side = 2 * -(-radius // factor) + 1
    height, width = (max(1, length // factor) for length in picture.shape)
    return _Smaller((height, width), (side, side))


def _solved(spread: list[Floats], cross: list[Floats]) -> list[Floats]:
    """Solve a symmetric system of three for each pixel: its six values, and its right side."""
    rr, rg, rb, gg, gb, bb = spread
    first = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    second = rr * bb - rb * rb, rb * rg - rr * gb
    third = rr * gg - rg * rg
    inverse = 1 / (rr * first[0] + rg * first[1] + rb * first[2])
    rows = (
        (first[0], first[1], first[2]),
        (first[1], second[0], second[1]),
        (first[2], second[1], third),
    )
    x, y, z = (each * inverse for each in cross)
    return [cast("Floats", a * x + b * y + c * z) for a, b, c in rows]


def cloth_colours(pixels: Pixels, alpha: Alpha, radius: int) -> Pixels:
    """Take the background from the colours of pixels that are part cloth, part background.

    Args:
        pixels: RGB uint8 (H, W, 3).
        alpha: uint8 (H, W), how much of each pixel is cloth.
        radius: how far away cloth and background are looked for.

    Returns:
        RGB uint8 (H, W, 3); opaque pixels are as they were.
    """
    # What is clear wraps around to 255, and so does what is opaque to 254.
    part = np.flatnonzero(alpha - np.uint8(1) < _OPAQUE - 1)
    small = _smaller(alpha, radius)
    few = cast("Floats", _sampled(alpha, small.size_hw) * _LEVEL)
    planes = cv2.split(_sampled(pixels, small.size_hw).astype(np.float32))

    def average(weight: Floats) -> Floats:
        """Mean colours by weight around each pixel, (N, 3)."""
        total = cv2.blur(cv2.merge([*(plane * weight for plane in planes), weight]), small.window)
        sums = _at(cast("Floats", total), alpha.shape, part)
        return cast("Floats", sums[:, :3] / np.maximum(sums[:, 3:], np.float32(1e-3)))

    cloth, behind = average(few), average(1 - few)
    seen = np.take(pixels.reshape(-1, 3), part, axis=0)
    share = (np.take(alpha.ravel(), part) * _LEVEL)[:, None]
    clean = cloth + share * (seen - share * cloth - (1 - share) * behind)
    cleaned = pixels.copy()
    cleaned.reshape(-1, 3)[part] = np.rint(np.clip(clean, 0, 255)).astype(np.uint8)
    return cleaned
