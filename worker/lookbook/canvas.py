"""Canvas: paints shapes with volume, relief and soft shadows, and remembers what is where."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.lookbook.cloth import RAMP_STEPS, Layer, Rgb, flat, print_mask, ramp, relief
from worker.lookbook.outline import Point, Points, Tube, extent
from worker.lookbook.tiles import Field

FINE = 3
"""Shapes are rasterised at this many times the resolution and averaged: smooth outlines."""

SHIFT = 4
"""Fixed-point bits of the coordinates handed to OpenCV."""

Shape = Points | Tube | tuple["Points | Tube", ...]
"""One outline, one limb, or several of them united."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A rasterised shape: its coverage 0..1, float32 (h, w), at rows top.. and columns left.."""

    top: int
    left: int
    cover: Field

    @property
    def window(self) -> tuple[slice, slice]:
        """The rows and columns of the picture that the patch lies on."""
        height, width = self.cover.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def pieces(shape: Shape) -> Iterable[Points | Tube]:
    """The outlines and limbs that a shape unites."""
    return shape if isinstance(shape, tuple) else (shape,)


def rasterise(shape: Shape, size_hw: tuple[int, int], margin: int) -> Patch | None:
    """The shape's coverage within the picture, with a margin; None when it lies outside."""
    extents = np.array(
        [piece.extent() if isinstance(piece, Tube) else extent(piece) for piece in pieces(shape)]
    )
    left, top = (np.floor(extents[:, :2].min(axis=0)) - margin).astype(int)
    right, bottom = (np.ceil(extents[:, 2:].max(axis=0)) + margin).astype(int)
    left, top = max(int(left), 0), max(int(top), 0)
    right, bottom = min(int(right), size_hw[1]), min(int(bottom), size_hw[0])
    if right - left < 2 or bottom - top < 2:
        return None
    fine = np.zeros(((bottom - top) * FINE, (right - left) * FINE), dtype=np.uint8)
    origin = np.array([left, top], dtype=np.float64)
    factor = FINE * (1 << SHIFT)
    for piece in pieces(shape):
        contour = piece.outline if isinstance(piece, Tube) else piece
        whole = np.round((contour - origin) * factor).astype(np.int32)
        cv2.fillPoly(fine, [whole], 255, shift=SHIFT)
        if isinstance(piece, Tube):
            for x, y, radius in piece.circles:
                centre = (round((x - left) * factor), round((y - top) * factor))
                cv2.circle(fine, centre, round(radius * factor), 255, -1, shift=SHIFT)
    cover = cv2.resize(fine, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return Patch(top, left, cover.astype(np.float32) * np.float32(1 / 255))


def rasterise_line(line: Points, width: float, size_hw: tuple[int, int]) -> Patch | None:
    """The coverage of a line of that width in pixels; None when it lies outside."""
    reach = int(width) + 2
    left, top = (np.floor(line.min(axis=0)) - reach).astype(int)
    right, bottom = (np.ceil(line.max(axis=0)) + reach).astype(int)
    left, top = max(int(left), 0), max(int(top), 0)
    right, bottom = min(int(right), size_hw[1]), min(int(bottom), size_hw[0])
    if right - left < 2 or bottom - top < 2:
        return None
    fine = np.zeros(((bottom - top) * FINE, (right - left) * FINE), dtype=np.uint8)
    whole = np.round((line - (left, top)) * (FINE << SHIFT)).astype(np.int32)
    cv2.polylines(fine, [whole], False, 255, max(round(width * FINE), 1), shift=SHIFT)
    cover = cv2.resize(fine, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return Patch(top, left, cover.astype(np.float32) * np.float32(1 / 255))


def _soft(field: Field, sigma: float) -> Field:
    """Gaussian blur of any width at little cost; outside the field counts as 0."""
    step = 1 if sigma < 3 else 2 if sigma < 6 else 4 if sigma < 24 else 8
    height, width = field.shape
    border = int(sigma * 2) // step + 1
    small = cv2.resize(
        field, (max(width // step, 1), max(height // step, 1)), interpolation=cv2.INTER_AREA
    )
    small = cv2.copyMakeBorder(
        small, border, border, border, border, cv2.BORDER_CONSTANT, value=0.0
    )
    small = cv2.GaussianBlur(small, (0, 0), sigma / step)[border:-border, border:-border]
    return cast("Field", cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))


class Canvas:
    """A picture in the making.

    `pixels` is uint8 (H, W, 3) RGB; `parts` uint8 (H, W) holds the number of the part that is
    seen at each pixel, 0 the backdrop; `cover` float32 (H, W) 0..1 what the product covers.
    `light` is the direction that light comes from, a unit vector (x, y) on the picture; `unit`
    the size of a head in pixels.
    """

    def __init__(
        self, pixels: npt.NDArray[np.uint8], unit: float, light: Point, rng: np.random.Generator
    ) -> None:
        self.pixels = pixels
        self.unit = unit
        self.light = light
        self.rng = rng
        self.size_hw = (int(pixels.shape[0]), int(pixels.shape[1]))
        self.parts = np.zeros(self.size_hw, dtype=np.uint8)
        self.cover = np.zeros(self.size_hw, dtype=np.float32)

    def paint(
        self,
        shape: Shape,
        layer: Layer,
        *,
        angle: float = 0.0,
        depth: float = 0.3,
        volume: float = 1.0,
        shadow: float = 0.3,
        fall: tuple[tuple[str, float], ...] = (("drape", 0.6), ("crumple", 0.6)),
    ) -> None:
        """Lay a shape of cloth on top of what is there and enter it as the layer's part.

        `depth` is the roundness of the body in heads, `volume` how strongly it is shaded,
        `shadow` how dark a shadow it throws on other parts, `angle` the direction of its grain
        in radians, `fall` its folds.
        """
        sigma = max(depth * self.unit * 0.5, 0.8)
        margin = int(sigma * 1.3) + 2
        cloth = layer.cloth
        patch = rasterise(shape, self.size_hw, margin)
        if patch is None:
            return
        blurred = _soft(patch.cover, sigma)
        if shadow > 0:
            self._throw(patch, blurred, shadow, sigma)
        patch, blurred = _trim(patch, blurred, margin)
        cover, window = patch.cover, patch.window
        shade = self._shade(blurred, volume)
        shade += relief(cloth, cover.shape, angle, self.rng, unit=self.unit, fall=fall)
        steps = _steps(shade, cover)
        colour = _painted(steps, cloth.rgb)
        if cloth.print is not None:
            where = print_mask(cloth.print, cover.shape, angle, self.rng)
            colour = _blend(colour, _painted(steps, cloth.print.rgb), where)
        self.pixels[window] = _blend(self.pixels[window], colour, cover)
        self.parts[window][cover >= 0.5] = layer.part
        np.maximum(self.cover[window], cover, out=self.cover[window])

    def _throw(self, patch: Patch, blurred: Field, shadow: float, sigma: float) -> None:
        """Darken the parts below the shape where its shadow falls, away from the light."""
        dx, dy = (round(float(v)) for v in -self.light * sigma * 0.45)
        moved = np.zeros_like(blurred)
        height, width = blurred.shape
        here = slice(max(dy, 0), height + min(dy, 0)), slice(max(dx, 0), width + min(dx, 0))
        there = slice(max(-dy, 0), height + min(-dy, 0)), slice(max(-dx, 0), width + min(-dx, 0))
        moved[here] = blurred[there]
        dark = np.clip(moved * 1.7 - 0.35, 0, 1)  # nothing of it is left at the patch's border
        dark *= self.cover[patch.window] * np.float32(shadow)
        under = self.pixels[patch.window]
        self.pixels[patch.window] = _blend(under, np.zeros_like(under), dark)

    def _shade(self, blurred: Field, volume: float) -> Field:
        """Light and dark of a rounded body whose silhouette, blurred, is given."""
        gx = cv2.Sobel(blurred, cv2.CV_32F, 1, 0, ksize=3)
        gy = cv2.Sobel(blurred, cv2.CV_32F, 0, 1, ksize=3)
        slope = gx * np.float32(self.light[0]) + gy * np.float32(self.light[1])
        strongest = max(float(slope.max()), -float(slope.min()), 1e-6)
        slope *= np.float32(-0.13 * volume / strongest)
        slope += blurred * np.float32(0.17 * volume)
        return cast("Field", slope)

    def stroke(self, line: Points, width: float, strength: float, part: int) -> None:
        """Darken (strength > 0) or lighten (< 0) along a line, `width` in heads: seams, folds.

        Only where that part is seen.
        """
        patch = rasterise_line(line, max(width * self.unit, 0.7), self.size_hw)
        if patch is None:
            return
        weight = patch.cover * (self.parts[patch.window] == part) * np.float32(abs(strength))
        under = self.pixels[patch.window]
        ink = np.full_like(under, 0 if strength > 0 else 255)
        self.pixels[patch.window] = _blend(under, ink, weight)

    def tint(self, shape: Shape, rgb: Rgb, strength: float, blur: float = 0.0) -> None:
        """Colour what is there, softly: lips, cheeks, eyes. `blur` in heads; parts stay."""
        sigma = blur * self.unit
        patch = rasterise(shape, self.size_hw, margin=int(sigma * 2) + 2)
        if patch is None:
            return
        cover = _soft(patch.cover, sigma) if sigma > 0.3 else patch.cover
        under = self.pixels[patch.window]
        ink = flat(rgb, cover.shape)
        self.pixels[patch.window] = _blend(under, ink, cover * np.float32(strength))


def _painted(steps: npt.NDArray[np.uint8], rgb: Rgb) -> npt.NDArray[np.uint8]:
    """The colour in the light and dark that the steps of its ramp give."""
    return cast("npt.NDArray[np.uint8]", cv2.applyColorMap(steps, ramp(rgb)))


def _blend(
    under: npt.NDArray[np.uint8], over: npt.NDArray[np.uint8], weight: Field
) -> npt.NDArray[np.uint8]:
    """`over` laid on `under` with a weight of 0..1 per pixel."""
    weight = np.minimum(weight, np.float32(1))
    blended = cv2.blendLinear(np.ascontiguousarray(under), over, 1 - weight, weight)
    return cast("npt.NDArray[np.uint8]", blended)


def _trim(patch: Patch, blurred: Field, margin: int) -> tuple[Patch, Field]:
    """The patch without its margin, as far as it has one on each side."""
    rows, columns = np.flatnonzero(patch.cover.any(axis=1)), np.flatnonzero(patch.cover.any(axis=0))
    if rows.size == 0 or margin == 0:
        return patch, blurred
    top, left = int(rows[0]), int(columns[0])
    kept = slice(top, int(rows[-1]) + 1), slice(left, int(columns[-1]) + 1)
    trimmed = Patch(patch.top + top, patch.left + left, np.ascontiguousarray(patch.cover[kept]))
    return trimmed, np.ascontiguousarray(blurred[kept])


def _steps(shade: Field, cover: Field) -> npt.NDArray[np.uint8]:
    """The shade as steps of a colour ramp; its median over the shape is the nominal colour."""
    step = max(1, int((cover.size / 4000) ** 0.5))
    inside = shade[::step, ::step][cover[::step, ::step] > 0.5]
    middle = float(np.median(inside)) if inside.size else 0.0
    return np.clip(shade * RAMP_STEPS + np.float32(128.5 - middle * RAMP_STEPS), 0, 255).astype(
        np.uint8
    )
