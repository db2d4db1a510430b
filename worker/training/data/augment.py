"""Disturbances that make training pictures as varied as a catalogue's."""

from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.imaging.box import fit_box
from worker.imaging.canvas import GREY
from worker.imaging.cutout import Box
from worker.imaging.regions import LabelMap, Mask, Pixels

Rng = np.random.Generator
Affine = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """How far a training photo may stray from the centred fit that inference uses."""

    scale: tuple[float, float] = (0.7, 1.25)
    shift: float = 0.08
    turn_degrees: float = 7.0


def place(
    photo_hw: tuple[int, int], canvas_hw: tuple[int, int], rng: Rng, how: Placement
) -> Affine:
    """A random placement of a photo on a canvas: affine matrix (2, 3), photo to canvas (x, y)."""
    height, width = photo_hw
    scale = min(canvas_hw[0] / height, canvas_hw[1] / width) * float(
        np.exp(rng.uniform(*np.log(how.scale)))
    )
    angle = np.deg2rad(rng.normal(0.0, how.turn_degrees / 2))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    stretch = float(np.exp(rng.normal(0.0, 0.04)))
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos * flip * stretch, -sin], [sin * flip * stretch, cos]])
    centre = np.array([canvas_hw[1], canvas_hw[0]]) * (0.5 + rng.uniform(-how.shift, how.shift, 2))
    offset = centre - linear @ np.array([width / 2, height / 2])
    return np.concatenate([linear, offset[:, None]], axis=1)


def place_box(box: Box, canvas_hw: tuple[int, int], rng: Rng) -> Affine:
    """A placement a bit beside the one that inference uses: affine (2, 3), photo to canvas."""
    fit = fit_box(box, canvas_hw)
    scale = fit.scale * float(np.exp(rng.normal(0.0, 0.09)))
    angle = np.deg2rad(rng.normal(0.0, 3.5))
    flip = -1.0 if rng.random() < 0.5 else 1.0
    stretch = float(np.exp(rng.normal(0.0, 0.05)))
    cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
    linear = np.array([[cos * flip * stretch, -sin], [sin * flip * stretch, cos]])
    middle = np.array([(box[1] + box[3]) / 2, (box[0] + box[2]) / 2])
    centre = np.array([canvas_hw[1], canvas_hw[0]]) * (0.5 + rng.normal(0.0, 0.02, 2))
    return np.concatenate([linear, (centre - linear @ middle)[:, None]], axis=1)


def warp_photo(pixels: Pixels, matrix: Affine, canvas_hw: tuple[int, int]) -> Pixels:
    """Warp RGB uint8 (H, W, 3) onto a grey canvas."""
    return cast(
        "Pixels",
        cv2.warpAffine(
            pixels,
            matrix,
            (canvas_hw[1], canvas_hw[0]),
            flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(GREY, GREY, GREY),
        ),
    )


def warp_labels(labels: LabelMap, matrix: Affine, canvas_hw: tuple[int, int]) -> LabelMap:
    """Warp uint8 labels (H, W); beyond the photo lies background."""
    size = (canvas_hw[1], canvas_hw[0])
    return cast("LabelMap", cv2.warpAffine(labels, matrix, size, flags=cv2.INTER_NEAREST))


def warp_mask(mask: Mask, matrix: Affine, canvas_hw: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Warp a bool mask (H, W) to float32 shares 0..1 of each pixel, soft at the edge."""
    size = (canvas_hw[1], canvas_hw[0])
    warped = cv2.warpAffine(mask.astype(np.float32), matrix, size, flags=cv2.INTER_LINEAR)
    return cast("npt.NDArray[np.float32]", warped)


def relight(pixels: Pixels, rng: Rng) -> Pixels:
    """Change light, contrast, saturation and tint; sometimes blur, noise or JPEG artefacts."""
    gamma = float(np.exp(rng.normal(0.0, 0.2)))
    gains = np.exp(rng.normal(0.0, 0.05, 3)) * np.exp(rng.normal(0.0, 0.1))
    ramp = np.linspace(0.0, 1.0, 256) ** gamma
    contrast = float(np.exp(rng.normal(0.0, 0.12)))
    table = (np.clip((ramp[:, None] * gains - 0.5) * contrast + 0.5, 0, 1) * 255).astype(np.uint8)
    pixels = cast("Pixels", cv2.LUT(pixels, table[None]))
    saturation = float(np.clip(rng.normal(1.0, 0.2), 0.0, 1.8))
    if abs(saturation - 1.0) > 0.03:
        luma = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        pixels = cast("Pixels", cv2.addWeighted(pixels, saturation, luma, 1.0 - saturation, 0))
    if rng.random() < 0.15:
        pixels = cast("Pixels", cv2.GaussianBlur(pixels, (0, 0), float(rng.uniform(0.5, 1.6))))
    if rng.random() < 0.2:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(35, 92))]
        encoded = cv2.imencode(".jpg", pixels, quality)[1]
        pixels = cast("Pixels", cv2.imdecode(encoded, cv2.IMREAD_COLOR))
    return pixels


def low_noise(size_hw: tuple[int, int], cells: int, rng: Rng) -> npt.NDArray[np.float32]:
    """Smooth noise of unit variance at the cells, float32 ``size_hw``."""
    coarse = rng.normal(0.0, 1.0, (cells, max(2, cells * size_hw[1] // size_hw[0])))
    size = (size_hw[1], size_hw[0])
    smooth = cv2.resize(coarse.astype(np.float32), size, interpolation=cv2.INTER_CUBIC)
    return cast("npt.NDArray[np.float32]", smooth)


def mistaken_mask(mask: Mask, rng: Rng) -> Mask:
    """A person mask with the mistakes that a mask network makes.

    Coarse edges that wobble, a piece missing, a piece of the surroundings kept, and the margin
    by which the pipeline widens masks, more or less.

    Args:
        mask: the true person, bool (H, W).

    Returns:
        bool (H, W).
    """
    height, width = mask.shape
    size = (width, height)
    coarseness = int(rng.integers(4, 14))
    small = cv2.resize(
        mask.astype(np.float32),
        (width // coarseness, height // coarseness),
        interpolation=cv2.INTER_AREA,
    )
    soft = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    soft += low_noise(mask.shape, 24, rng) * float(rng.uniform(0.0, 0.25))
    for sign in (-1.0, 1.0):
        if rng.random() < 0.25:
            centre = rng.uniform(0.1, 0.9, 2) * [width, height]
            axes = rng.uniform(0.02, 0.12, 2) * height
            blob = np.zeros(mask.shape, np.uint8)
            middle = (int(centre[0]), int(centre[1]))
            spread = (int(axes[0]) + 1, int(axes[1]) + 1)
            cv2.ellipse(blob, middle, spread, float(rng.uniform(0, 180)), 0, 360, 1, -1)
            soft += sign * blob
    margin = int(rng.integers(0, 17))
    found = (soft > 0.5).astype(np.uint8)
    if margin:
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * margin + 1, 2 * margin + 1))
        found = cv2.dilate(found, kernel)
    return found > 0
