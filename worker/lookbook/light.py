"""Light: its direction, its colour, and what the camera and the JPEG file make of it."""

from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.lookbook.outline import Point, point


def direction(rng: np.random.Generator) -> Point:
    """Where light comes from: a unit vector (x, y) on the picture, from above, left or right."""
    angle = rng.uniform(0.35, 1.2) * (1 if rng.random() < 0.5 else -1)
    return point(float(np.sin(angle)), -float(np.cos(angle)))


def contact_shadow(
    pixels: npt.NDArray[np.uint8], centre: Point, rx: float, ry: float, strength: float
) -> None:
    """Darken the ground softly in an ellipse with half axes rx, ry (pixels), in place."""
    height, width = pixels.shape[:2]
    left, right = max(int(centre[0] - 2.5 * rx), 0), min(int(centre[0] + 2.5 * rx) + 1, width)
    top, bottom = max(int(centre[1] - 2.5 * ry), 0), min(int(centre[1] + 2.5 * ry) + 1, height)
    if right <= left or bottom <= top:
        return
    x = (np.arange(left, right, dtype=np.float32) - np.float32(centre[0])) / np.float32(rx)
    y = (np.arange(top, bottom, dtype=np.float32) - np.float32(centre[1])) / np.float32(ry)
    kept = 1 - np.float32(strength) * np.exp(-(y * y))[:, None] * np.exp(-(x * x))[None, :]
    ground = pixels[top:bottom, left:right]
    ground[:] = np.round(ground * kept[:, :, None]).astype(np.uint8)


def expose(
    pixels: npt.NDArray[np.uint8], rng: np.random.Generator, strength: float
) -> npt.NDArray[np.uint8]:
    """The picture as a camera keeps it: uint8 RGB of the same size.

    `strength` 0..1 says how far colour temperature, exposure, evenness of the light, sharpness
    and JPEG quality may stray: about 0.15 in a studio, 1 in the street.
    """
    height, width = pixels.shape[:2]
    warm = rng.normal(0, 0.06) * strength
    gain = np.array([1 + warm, 1 + rng.normal(0, 0.015) * strength, 1 - warm])
    gain *= 1 + rng.normal(0, 0.1) * strength
    contrast = 1 + (rng.normal(0, 0.1) if strength > 0.5 else 0.0)
    levels = (np.arange(256)[:, None] * gain[None, :] - 118) * contrast + 118
    table = np.clip(levels + 0.5, 0, 255).astype(np.uint8)[:, None, :]
    shown = cv2.LUT(pixels, table)
    if strength > 0.5:
        slope = rng.normal(0, 0.12, 2) * strength
        x = np.linspace(-1, 1, width, dtype=np.float32)[None, :] * np.float32(slope[0])
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] * np.float32(slope[1])
        lamp = 1 + x + y
        shown = cv2.multiply(shown, cv2.merge([lamp, lamp, lamp]), dtype=cv2.CV_8U)
        if rng.random() < 0.3:
            shown = cv2.GaussianBlur(shown, (0, 0), float(rng.uniform(0.5, 1.3)))
    spread = rng.uniform(0.6, 1.4 + 3 * strength)
    noise = np.round(rng.normal(0, spread, (128, 128))).astype(np.int16)
    grain = np.tile(noise, (height // 128 + 1, width // 128 + 1))[:height, :width]
    shown = cv2.add(shown, cv2.merge([grain, grain, grain]), dtype=cv2.CV_8U)
    quality = int(rng.integers(86 if strength < 0.5 else 55, 97))
    return jpeg_round_trip(cast("npt.NDArray[np.uint8]", shown), quality)


def jpeg_round_trip(pixels: npt.NDArray[np.uint8], quality: int) -> npt.NDArray[np.uint8]:
    """The pixels after one trip through a JPEG file of that quality (0..100), RGB uint8."""
    done, packed = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise ValueError(f"OpenCV could not pack a picture of shape {pixels.shape} as JPEG")
    unpacked = cv2.imdecode(packed, cv2.IMREAD_COLOR_RGB)
    return cast("npt.NDArray[np.uint8]", unpacked)
