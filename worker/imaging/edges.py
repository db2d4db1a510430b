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
Places = tuple[npt.NDArray[np.intp], ...]
"""Rows and columns of pixels, (N,) each."""

# How much a window of the guide, 0..1, must vary before its edges count.
_EPSILON: Final = 1e-4
_LEVEL: Final = np.float32(1 / 255)
_OPAQUE: Final = np.uint8(255)
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
    parts = cv2.resize(inside + near, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    alpha = cast("Alpha", (parts == 2).view(np.uint8) * _OPAQUE)
    band = np.nonzero(parts == 1)
    fitted = _guided(pixels, few, small, band)
    alpha[band] = np.rint(np.clip((fitted - _CLEAR) / (_FULL - _CLEAR), 0, 1) * 255)
    return alpha


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
    guide, covered = _sampled(pixels, small.size_hw) * _LEVEL, few * _LEVEL

    def mean(plane: Floats) -> Floats:
        return cast("Floats", cv2.blur(plane, small.window, borderType=cv2.BORDER_REFLECT))

    centre, level = mean(guide), mean(covered)
    both = cast("Floats", guide * covered[..., None])
    cross = cast("Floats", mean(both) - centre * level[..., None])
    channels, means = cv2.split(guide), cv2.split(centre)
    spread = [
        mean(cast("Floats", channels[i] * channels[j]))
        - means[i] * means[j]
        + (_EPSILON if i == j else 0)
        for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    ]
    slope = _solved(spread, cross)
    offset = level - (slope * centre).sum(axis=-1)
    linear = cast("Floats", cv2.merge([*cv2.split(slope), offset]))
    fit = _at(mean(linear), pixels.shape, band)
    return (fit[:, :3] * pixels[band]).sum(axis=1) * _LEVEL + fit[:, 3]


class _Smaller(NamedTuple):
    """The size of a smaller picture, and of a window in it, as OpenCV wants it."""

    size_hw: tuple[int, int]
    window: tuple[int, int]


def _sampled(picture: Pixels, size_hw: tuple[int, int]) -> Pixels:
    """A picture, uint8 (H, W) or (H, W, 3), at the smaller size: bilinear, as the paper samples."""
    return cast("Pixels", cv2.resize(picture, size_hw[::-1], interpolation=cv2.INTER_LINEAR))


def _at(plane: Floats, size: tuple[int, ...], places: Places) -> Floats:
    """A smaller picture, float32 (h, w, C), at places of the one of ``size``: bilinear, (N, C)."""
    count, row = len(places[0]), 1024  # OpenCV wants the places as a picture
    where = np.zeros((2, -(-max(count, 1) // row) * row), np.float32)
    for axis, at in enumerate(places):
        where[axis, :count] = (at + 0.5) * (plane.shape[axis] / size[axis]) - 0.5
    y, x = (each.reshape(-1, row) for each in where)
    found = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return cast("Floats", found.reshape(-1, plane.shape[2])[:count])


def _smaller(picture: Alpha | Mask, radius: int) -> _Smaller:
    """The size at which windows of a radius are looked through: a half of the picture's or less."""
    factor = max(2, radius // _LEAST_RADIUS)
    side = 2 * -(-radius // factor) + 1
    height, width = (max(1, length // factor) for length in picture.shape)
    return _Smaller((height, width), (side, side))


def _solved(spread: list[Floats], cross: Floats) -> Floats:
    """Solve a symmetric system of three for each pixel: its six values, and its right side."""
    rr, rg, rb, gg, gb, bb = spread
    first = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    second = rr * bb - rb * rb, rb * rg - rr * gb
    third = rr * gg - rg * rg
    determinant = rr * first[0] + rg * first[1] + rb * first[2]
    rows = (
        (first[0], first[1], first[2]),
        (first[1], second[0], second[1]),
        (first[2], second[1], third),
    )
    x, y, z = (cross[..., i] for i in range(3))
    solved = [(a * x + b * y + c * z) / determinant for a, b, c in rows]
    return cast("Floats", np.stack(solved, axis=-1))


def cloth_colours(pixels: Pixels, alpha: Alpha, radius: int) -> Pixels:
    """Take the background from the colours of pixels that are part cloth, part background.

    Args:
        pixels: RGB uint8 (H, W, 3).
        alpha: uint8 (H, W), how much of each pixel is cloth.
        radius: how far away cloth and background are looked for.

    Returns:
        RGB uint8 (H, W, 3); opaque pixels are as they were.
    """
    part = np.nonzero((alpha > 0) & (alpha < _OPAQUE))
    small = _smaller(alpha, radius)
    picture = _sampled(pixels, small.size_hw).astype(np.float32)
    few = _sampled(alpha, small.size_hw) * _LEVEL

    def average(weight: Floats) -> Floats:
        total = cv2.blur(picture * weight[..., None], small.window)
        means = total / np.maximum(cv2.blur(weight, small.window), 1e-3)[..., None]
        return _at(cast("Floats", means), alpha.shape, part)

    cloth, behind, share = average(few), average(1 - few), (alpha[part] * _LEVEL)[:, None]
    clean = cloth + share * (pixels[part] - share * cloth - (1 - share) * behind)
    cleaned = pixels.copy()
    cleaned[part] = np.rint(np.clip(clean, 0, 255)).astype(np.uint8)
    return cleaned
