"""The edge of a cut-out: opacity that follows the picture, and colours without the background.

A network's outline is right to a few pixels of its own canvas: the photo knows better where cloth
ends. Near the outline opacity is fitted as a linear function of the picture, window by window: the
guided filter of He, Sun and Tang, "Guided Image Filtering", IEEE Transactions on Pattern Analysis
and Machine Intelligence 35 (2013). Where a pixel is part cloth, part background, its colour is
replaced by the cloth's: Forte, "Approximate Fast Foreground Colour Estimation", ICIP (2021).
"""

from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.cutout import Alpha, only_where
from worker.imaging.regions import Mask, Pixels

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
"""Pixels, (N,), counted row by row from the picture's first."""

# How much a window of the guide, 0..1, must vary before its edges count.
_EPSILON: Final = np.float32(1e-4)
_LEVEL: Final = np.float32(1 / 255)
_OPAQUE: Final = np.uint8(255)
_FITTED: Final = np.uint8(1)  # in place of an opacity that is not known yet
# By how often a pixel is hit, by the mask's inside and by what is near to it: clear, to be fitted,
# and opaque.
_PARTS: Final = np.pad(np.array([0, _FITTED, _OPAQUE], np.uint8), (0, 253))
# What varies little from pixel to pixel is reckoned on a smaller picture: one in which a window
# still reaches so many pixels to each side.
_LEAST_RADIUS: Final = 3
# Opacity from here to there is drawn out to 0..1: below is what the fit leaks into the background.
_CLEAR, _FULL = np.float32(0.25), np.float32(0.75)
# So little of a weight counts as none.
_TINY: Final = np.float32(1e-3)


class Guide:
    """A picture whose edges are followed, and the smaller copy on which that is reckoned.

    Windows that reach half as far are looked through in a quarter of the time, and what is fitted
    to them varies little from pixel to pixel (He and Sun, "Fast Guided Filter", 2015).

    Args:
        pixels: RGB uint8 (H, W, 3).
        radius: how far a window reaches, in pixels.
    """

    def __init__(self, pixels: Pixels, radius: int) -> None:
        factor = max(2, radius // _LEAST_RADIUS)
        side = 2 * -(-radius // factor) + 1
        self.rgba = cast("Pixels", cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA))
        self.window = side, side
        self._size_hw = tuple(max(1, length // factor) for length in pixels.shape[:2])
        self.planes = [self.unit(plane) for plane in cv2.split(self.sampled(pixels))]
        self.means = [self.mean(plane) for plane in self.planes]

    def sampled(self, picture: Pixels) -> Pixels:
        """The smaller copy of a picture, uint8 (H, W) or (H, W, 3): bilinear, as the paper does."""
        size = self._size_hw[::-1]
        return cast("Pixels", cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR))

    @staticmethod
    def unit(plane: cv2.typing.MatLike) -> Floats:
        """Bytes as float32 in 0..1."""
        return cast("Floats", plane * _LEVEL)

    def mean(self, plane: cv2.typing.MatLike) -> Floats:
        """The mean of the window around each pixel of the smaller copy, of each channel."""
        return cast("Floats", cv2.blur(plane, self.window, borderType=cv2.BORDER_REFLECT))

    def weighed(self, weight: Floats) -> list[Floats]:
        """Each colour times a weight, float32 (h, w)."""
        return [cast("Floats", plane * weight) for plane in self.planes]

    def spread(self) -> list[Floats]:
        """How red, green and blue vary together: rr, rg, rb, gg, gb and bb around each pixel."""
        found: list[Floats] = []
        for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)):
            vary = self.mean(self.planes[i] * self.planes[j])
            vary -= self.means[i] * self.means[j]
            if i == j:
                vary += _EPSILON
            found.append(vary)
        return found

    def seen(self, places: Places) -> list[Floats]:
        """Red, green and blue of the picture at some places, 0..1, (N,) each."""
        colours = np.take(_whole(self.rgba), places).view(np.uint8).reshape(-1, 4)
        return [self.unit(colours[:, k]) for k in range(3)]

    def at(self, small: cv2.typing.MatLike, places: Places) -> list[Floats]:
        """Channels of the smaller copy, 4 at most, at places of the picture, (N,): bilinear."""
        count, row = len(places), 1024  # OpenCV wants the places as a picture
        where = np.zeros((2, -(-max(count, 1) // row) * row), np.float32)
        near, width = places.astype(np.int32), np.int32(self.rgba.shape[1])
        rows = near // width  # NumPy divides whole numbers of 32 bits many times as fast as of 64
        for axis, at in enumerate((rows, near - rows * width)):
            scale = np.float32(self._size_hw[axis] / self.rgba.shape[axis])
            where[axis, :count] = at
            where[axis] *= scale
            where[axis] += np.float32(0.5) * scale - np.float32(0.5)
        y, x = (each.reshape(-1, row) for each in where)
        found = cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return [cast("Floats", plane.reshape(-1)[:count]) for plane in cv2.split(found)]


def fitted_alpha(guide: Guide, mask: Mask) -> Alpha:
    """Opacity that follows the edges of a picture.

    Args:
        guide: the picture.
        mask: bool (H, W), what is to be seen, right to about the guide's radius.

    Returns:
        uint8 (H, W): 255 further inside than the radius, 0 further outside.
    """
    few = guide.sampled(mask.view(np.uint8) * _OPAQUE)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, guide.window)
    # Beyond the picture nothing is known: its border is no edge.
    inside = cv2.erode((few == _OPAQUE).view(np.uint8), kernel, borderType=cv2.BORDER_REPLICATE)
    near = cv2.dilate((few > 0).view(np.uint8), kernel)
    parts = cv2.LUT(cv2.add(inside, near), _PARTS)
    alpha = cv2.resize(parts, mask.shape[::-1], interpolation=cv2.INTER_NEAREST)
    band = np.flatnonzero(alpha == _FITTED)
    opacity = _guided(guide, guide.unit(few), band)
    opacity -= _CLEAR
    opacity *= np.float32(255) / (_FULL - _CLEAR)
    np.rint(np.clip(opacity, 0, 255, out=opacity), out=opacity)
    alpha.reshape(-1)[band] = opacity.astype(np.uint8)
    return cast("Alpha", alpha)


def _guided(guide: Guide, covered: Floats, band: Places) -> Floats:
    """Fit a mask window by window as a linear function of the picture.

    Args:
        guide: the picture.
        covered: the mask on its smaller copy, 0..1.
        band: pixels of the picture.

    Returns:
        float32 (N,), about 0..1: the fit at the pixels of the band.
    """
    offset = guide.mean(covered)
    cross = [guide.mean(plane) for plane in guide.weighed(covered)]
    for each, middle in zip(cross, guide.means, strict=True):
        np.subtract(each, middle * offset, out=each)
    slope = _solved(guide.spread(), cross)
    for each, middle in zip(slope, guide.means, strict=True):
        offset -= each * middle
    *linear, fit = guide.at(guide.mean(cv2.merge([*slope, offset])), band)
    for each, colour in zip(linear, guide.seen(band), strict=True):
        fit += each * colour
    return fit


def _solved(spread: list[Floats], cross: list[Floats]) -> list[Floats]:
    """Solve a symmetric system of three for each pixel, by elimination: its six values and its
    right side, which are used up.
    """
    rr, rg, rb, gg, gb, bb = spread
    x, y, z = cross
    green, blue = rg / rr, rb / rr
    gg -= green * rg
    gb -= green * rb
    bb -= blue * rb
    y -= green * x
    z -= blue * x
    rest = gb / gg
    bb -= rest * gb
    z -= rest * y
    z /= bb
    y /= gg
    y -= rest * z
    x /= rr
    x -= green * y
    x -= blue * z
    return [x, y, z]


def cut_out(guide: Guide, alpha: Alpha) -> Pixels:
    """Cut by opacity, without the background that shows in pixels that are part cloth.

    Args:
        guide: the picture; cloth and background are looked for within its windows.
        alpha: uint8 (H, W), how much of each pixel is cloth.

    Returns:
        RGBA uint8 (H, W, 4), black where nothing is seen; opaque pixels are as they were.
    """
    # What is clear wraps around to 255, and so does what is opaque to 254.
    part = np.flatnonzero(alpha - np.uint8(1) < _OPAQUE - 1)
    few = guide.unit(guide.sampled(alpha))
    *sums, much = guide.at(guide.mean(cv2.merge([*guide.weighed(few), few])), part)
    share = np.take(alpha, part) * _LEVEL
    least, rest = np.maximum(much, _TINY), np.maximum(1 - much, _TINY)
    clean = np.empty((len(part), 4), np.uint8)
    planes = zip(sums, guide.at(cv2.merge(guide.means), part), guide.seen(part), strict=True)
    for k, (of_cloth, whole, seen) in enumerate(planes):
        behind, cloth = (whole - of_cloth) / rest, of_cloth / least
        behind += share * (cloth - behind)  # as the pixel would look
        cloth += share * (seen - behind)
        cloth *= 255
        clean[:, k] = np.rint(np.clip(cloth, 0, 255, out=cloth), out=cloth)
    cut = guide.rgba.copy()
    _whole(cut)[part] = _whole(clean)
    cv2.insertChannel(alpha, cut, 3)
    return only_where(alpha, cut)


def _whole(rgba: Pixels) -> npt.NDArray[np.uint32]:
    """Pixels of four bytes as one number each, row by row: moved many times as fast."""
    return rgba.view(np.uint32).reshape(-1)
