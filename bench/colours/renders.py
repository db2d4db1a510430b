"""Rendered garments whose cloth's own colour is known.

Light is reckoned physically, in linear light: the albedo of the cloth times the light that falls on
a body with folds (key light, fill light, occluded hollows, cast shadows), plus the light's own
colour where the cloth shines. Only then comes the camera: exposure, sRGB, noise and JPEG. The
cloth's own colour is what a flat piece of it shows that faces the camera, under neutral light and
exposed as it should be. Nothing here knows how colours are extracted.
"""

from dataclasses import dataclass
from typing import Final, Literal, cast, get_args

import cv2
import numpy as np
import numpy.typing as npt

from bench.colours.cloths import Cloth, Kind, draw_cloth, noise
from shared.colour.cielab import Lab
from worker.imaging.regions import Mask, Pixels
from worker.lookbook.light import jpeg_round_trip

Light = Literal["neutral", "warm", "cool"]
Field = npt.NDArray[np.float32]

SIZE_HW: Final = (320, 240)
LIGHTS: Final[tuple[Light, ...]] = get_args(Light)
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
# Correlated colour temperature in kelvin; sRGB's white has 6504.
KELVIN: Final[dict[Light, tuple[float, float]]] = {
    "neutral": (6504.0, 6504.0),
    "warm": (4500.0, 5500.0),
    "cool": (8000.0, 10000.0),
}
JPEG_QUALITY: Final = (60, 95)
# Linear light, as a factor: what a good photographer is off by.
EXPOSURE: Final = 0.04


@dataclass(frozen=True)
class Render:
    """One picture, RGB uint8 (H, W, 3), where its garment is, and the truth about its cloth.

    ``truth`` is CIELAB under D65 of the colour that covers most of the garment; ``colours`` are all
    of its colours, ``shares`` their parts of it.
    """

    pixels: Pixels
    mask: Mask
    kind: Kind
    light: Light
    truth: Lab
    colours: Lab
    shares: npt.NDArray[np.float64]


def render(seed: int, size_hw: tuple[int, int] = SIZE_HW) -> Render:
    """Draw one garment; the same seed and size give the same bytes.

    Kind and light go round, so that any nine seeds in a row hold every pair.
    """
    rng = np.random.default_rng([seed, 2000])
    kind, light = KINDS[seed % 3], LIGHTS[seed // 3 % 3]
    coverage = outline(rng, size_hw)
    mask = coverage >= 0.5
    cloth = draw_cloth(rng, kind, mask)
    pixels = photograph(rng, coverage, cloth, light)
    truth = cloth.colours[int(np.argmax(cloth.shares))]
    return Render(pixels, mask, kind, light, truth, cloth.colours, cloth.shares)


def photograph(rng: np.random.Generator, coverage: Field, cloth: Cloth, light: Light) -> Pixels:
    """Light a garment that covers so much of each pixel, (H, W) 0..1, and take its picture."""
    shade, shine = _lit(rng, coverage, cloth)
    glow = _light_colour(rng, light)
    garment = (cloth.albedo * shade[..., None] + shine[..., None]) * glow
    linear = _backdrop(rng, (coverage.shape[0], coverage.shape[1])) * glow
    linear += coverage[..., None] * (garment - linear)
    return _developed(rng, linear)


def outline(rng: np.random.Generator, size_hw: tuple[int, int]) -> Field:
    """How much of each pixel a garment covers, float32 (H, W), 0..1: sheath, top or trousers."""
    height, width = size_hw
    levels = np.linspace(0, 1, 12)
    shape = rng.choice(["sheath", "top", "trousers"])
    top, bottom = rng.uniform(0.06, 0.14), rng.uniform(0.84, 0.95)
    waist, hem = rng.uniform(0.16, 0.24), rng.uniform(0.24, 0.4)
    half = np.interp(levels, [0, 0.4, 1], [rng.uniform(0.18, 0.28), waist, hem])
    half = half + rng.normal(0, 0.006, len(levels))
    y = top + (bottom - top) * levels
    sides = np.concatenate([np.stack([0.5 - half, y], 1), np.stack([0.5 + half[::-1], y[::-1]], 1)])
    parts = [sides]
    if shape == "top":
        arm, reach = rng.uniform(0.08, 0.12), rng.uniform(0.3, 0.7)
        for side in (-1, 1):
            inner = 0.5 + side * half[0] * 0.8
            outer = 0.5 + side * min(0.46, half[0] + 0.18)
            parts.append(
                np.array(
                    [
                        [inner, top],
                        [outer, top + reach],
                        [outer - side * arm, top + reach],
                        [0.5 + side * half[3] * 0.9, top + 0.28],
                    ]
                )
            )
    canvas = np.zeros((height * 4, width * 4), np.uint8)
    for part in parts:
        corners = np.rint(part * (width * 4, height * 4)).astype(np.int32)
        cv2.fillPoly(canvas, [corners], 255)
    if shape == "trousers":
        fork = np.array([[0.5, top + rng.uniform(0.2, 0.35)], [0.46, 1.0], [0.54, 1.0]])
        cv2.fillPoly(canvas, [np.rint(fork * (width * 4, height * 4)).astype(np.int32)], 0)
    covered = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
    return (covered / 255.0).astype(np.float32)


def _lit(rng: np.random.Generator, coverage: Field, cloth: Cloth) -> tuple[Field, Field]:
    """Diffuse light (1 on cloth that faces the camera) and shine, both linear, float32 (H, W)."""
    size_hw = (coverage.shape[0], coverage.shape[1])
    unit = size_hw[1] / 240
    depth = cv2.distanceTransform((coverage >= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    # A body is round all over: no part of it is a flat board.
    radius = rng.uniform(0.8, 1.2) * float(depth.max())
    inner = 1 - np.clip(depth / radius, 0, 1)
    body = cv2.GaussianBlur(radius * np.sqrt(1 - inner**2), (0, 0), 3 * unit) * rng.uniform(
        0.4, 0.8
    )
    folds = noise(rng, size_hw, rng.uniform(20, 60) * unit, rng.uniform(4, 9) * unit)
    creases = noise(rng, size_hw, rng.uniform(5, 12) * unit, rng.uniform(5, 12) * unit)
    relief = (cloth.folds * (2.2 * folds + 1.3 * creases) * unit).astype(np.float32)
    normal = _normals((body + relief).astype(np.float32))
    tilt, turn = np.radians(rng.uniform(10, 45)), np.radians(rng.uniform(-70, 70))
    towards = np.array(
        [np.sin(tilt) * np.sin(turn), -np.sin(tilt) * np.cos(turn), np.cos(tilt)], np.float32
    )
    fill = rng.uniform(0.35, 0.65)
    key = np.maximum(normal @ towards, 0) * _cast_shadow(rng, size_hw, unit)
    around = cast("Field", cv2.GaussianBlur(relief, (0, 0), 6 * unit))
    hollow = around - relief
    open_sky = 1 - rng.uniform(0.1, 0.35) * np.clip(hollow / (2 * unit), 0, 1)
    shade = (fill * open_sky + (1 - fill) * key) / (fill + (1 - fill) * towards[2])
    shade *= 1 + cloth.weave * noise(rng, size_hw, 0.7, 0.7)
    halfway = towards + np.array([0, 0, 1], np.float32)
    glance = np.maximum(normal @ (halfway / np.linalg.norm(halfway)), 0)
    shine = cloth.gloss * glance**cloth.polish * (key > 0.05)
    return np.maximum(shade, 0).astype(np.float32), shine.astype(np.float32)


def _normals(height: Field) -> Field:
    """Unit normals (H, W, 3) of a surface; x right, y down, z to the camera."""
    slope_x = cv2.Scharr(height, cv2.CV_32F, 1, 0) / 32
    slope_y = cv2.Scharr(height, cv2.CV_32F, 0, 1) / 32
    normal = np.dstack([-slope_x, -slope_y, np.ones_like(height)])
    return (normal / np.linalg.norm(normal, axis=2, keepdims=True)).astype(np.float32)


def _cast_shadow(rng: np.random.Generator, size_hw: tuple[int, int], unit: float) -> Field:
    """What an arm or a lapel leaves of the key light, 0..1; nothing is in its way in most."""
    left = np.ones(size_hw, np.float32)
    if rng.random() < 0.4:
        height, width = size_hw
        centre = (int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.2, 0.8) * height))
        axes = (int(rng.uniform(0.06, 0.14) * width), int(rng.uniform(0.15, 0.35) * height))
        turn = rng.uniform(-50, 50)
        cv2.ellipse(left, centre, axes, turn, 0, 360, (rng.uniform(0.2, 0.5),), -1)
        left = cv2.GaussianBlur(left, (0, 0), rng.uniform(1.5, 6) * unit)
    return cast("Field", left)


def _light_colour(rng: np.random.Generator, light: Light) -> Field:
    """Linear sRGB of a daylight of that kind, luminance 1, float32 (3,).

    The daylight locus of CIE 15, relative to D65, to which the camera is set.
    """
    kelvin = rng.uniform(*KELVIN[light])
    t = 1000.0 / kelvin
    if kelvin <= 7000:
        x = -4.6070 * t**3 + 2.9678 * t**2 + 0.09911 * t + 0.244063
    else:
        x = -2.0064 * t**3 + 1.9018 * t**2 + 0.24748 * t + 0.237040
    y = -3.0 * x**2 + 2.870 * x - 0.275
    xyz = np.array([x / y, 1.0, (1 - x - y) / y])
    to_rgb = np.array(
        [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
    )
    return (to_rgb @ xyz).astype(np.float32)


def _backdrop(rng: np.random.Generator, size_hw: tuple[int, int]) -> Field:
    """A studio's paper in two of three, else a coloured wall with a pattern; linear (H, W, 3)."""
    height, width = size_hw
    fall = np.linspace(rng.uniform(0.85, 1), rng.uniform(0.85, 1), height, dtype=np.float32)
    if rng.random() < 2 / 3:
        paint = np.full(3, rng.uniform(0.45, 0.95)) * (1 + rng.normal(0, 0.01, 3))
        return np.tile((paint * fall[:, None, None]).astype(np.float32), (1, width, 1))
    paint, other = rng.uniform(0.05, 0.8, (2, 3))
    mottled = (noise(rng, size_hw, 8, 8) > 0.5).astype(np.float32)[..., None]
    return ((paint + mottled * (other - paint)) * fall[:, None, None]).astype(np.float32)


def _developed(rng: np.random.Generator, linear: Field) -> Pixels:
    """Exposure, sRGB (IEC 61966-2-1), the sensor's noise and one JPEG file."""
    exposed = np.clip(linear * (1 + rng.uniform(-EXPOSURE, EXPOSURE)), 0, 1)
    coded = np.where(exposed <= 0.0031308, 12.92 * exposed, 1.055 * exposed ** (1 / 2.4) - 0.055)
    grain = rng.normal(0, rng.uniform(0.3, 2.0), linear.shape)
    pixels = np.clip(np.rint(coded * 255 + grain), 0, 255).astype(np.uint8)
    return jpeg_round_trip(pixels, int(rng.integers(JPEG_QUALITY[0], JPEG_QUALITY[1] + 1)))
