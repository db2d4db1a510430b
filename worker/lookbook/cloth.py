"""Cloth: what a surface is made of – its colour, weave, print and the way it falls.

Its relief comes from a few endless tiles that are laid over each shape at a place, in a
direction and at a scale of its own.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from worker.lookbook.tiles import TILE, Field, PrintKind, cut, lay, print_tile, tile

Rgb = tuple[int, int, int]
"""A colour, sRGB 0..255."""

Weave = Literal["plain", "knit", "rib", "denim", "tweed", "leather", "satin", "skin", "hair"]


@dataclass(frozen=True, slots=True)
class Print:
    """A second colour on the cloth: `pitch` is the repeat in pixels, `angle` in radians."""

    kind: PrintKind
    rgb: Rgb
    pitch: float
    angle: float = 0.0


@dataclass(frozen=True, slots=True)
class Cloth:
    """A surface: nominal colour, weave, optional print; `fold` is 0 (stiff) .. 1 (crumpled)."""

    rgb: Rgb
    weave: Weave = "plain"
    print: Print | None = None
    fold: float = 0.5


@dataclass(frozen=True, slots=True)
class Layer:
    """A cloth and the number of the part as which the canvas remembers it."""

    cloth: Cloth
    part: int


_RELIEF: dict[Weave, tuple[tuple[str, float, float], ...]] = {
    # weave: (tile, strength, magnification); folds come on top for all but skin and hair
    "plain": (("grain", 0.016, 1.0),),
    "knit": (("knit", 0.055, 0.75), ("cloud", 0.02, 1.0)),
    "rib": (("rib", 0.05, 0.6), ("grain", 0.015, 1.0)),
    "denim": (("denim", 0.036, 0.6), ("cloud", 0.035, 1.4)),
    "tweed": (("tweed", 0.036, 1.0),),
    "leather": (("leather", 0.018, 0.8), ("crumple", 0.03, 1.5)),
    "satin": (("drape", 0.06, 0.9), ("crumple", 0.04, 1.5)),
    "skin": (("cloud", 0.018, 0.5), ("grain", 0.008, 1.0)),
    "hair": (("strands", 0.09, 0.6),),
}


DIRECTED = ("drape", "pulls", "strands", "knit", "rib", "denim")
"""Tiles with a grain; the others look alike from every side."""


def relief(
    cloth: Cloth,
    size_hw: tuple[int, int],
    angle: float,
    rng: np.random.Generator,
    *,
    unit: float,
    fall: tuple[tuple[str, float], ...] = (("drape", 0.6), ("crumple", 0.6)),
) -> Field:
    """Light and dark of the surface itself, float32 (h, w) around 0, before any shading.

    `unit` is the size of a head in pixels (about 90 at 768 rows): relief scales with it.
    `fall` names the folds and their strengths, which `cloth.fold` scales.
    """
    made = np.zeros(size_hw, dtype=np.float32)
    scale = max(unit / 90.0, 0.25)
    layers = [(name, strength, zoom * scale) for name, strength, zoom in _RELIEF[cloth.weave]]
    if cloth.fold > 0 and cloth.weave not in ("skin", "hair"):
        layers += [(name, 0.055 * strength * cloth.fold, scale) for name, strength in fall]
    for name, strength, zoom in layers:
        if name in DIRECTED and abs(angle) > 0.12:
            field = lay(tile(name), size_hw, rng.uniform(0, TILE, 2), angle, zoom)
        else:
            field = cut(name, size_hw, zoom, rng)
        cv2.scaleAdd(field, strength, made, made)
    return made


def print_mask(
    pattern: Print, size_hw: tuple[int, int], angle: float, rng: np.random.Generator
) -> Field:
    """How much of the print's own colour is seen, float32 (h, w), 0..1."""
    return lay(
        print_tile(pattern.kind),
        size_hw,
        rng.uniform(0, TILE, 2),
        angle + pattern.angle,
        pattern.pitch / 64.0,
    )


def flat(rgb: Rgb, size_hw: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """A rectangle of one colour, uint8 (h, w, 3)."""
    made = np.empty((size_hw[0], size_hw[1], 3), dtype=np.uint8)
    cv2.rectangle(made, (0, 0), (size_hw[1], size_hw[0]), rgb, -1)
    return made


def ramp(rgb: Rgb) -> npt.NDArray[np.uint8]:
    """The colour in 256 steps from deep shadow over nominal (step 128) to full light.

    uint8 (256, 1, 3). Step i stands for a shade of (i - 128) / RAMP_STEPS.
    """
    shade = ((np.arange(256, dtype=np.float32) - 128) / RAMP_STEPS)[:, None]
    colour = np.array(rgb, dtype=np.float32)[None, :]
    dark = np.maximum(1.0 + 1.35 * np.minimum(shade, 0), 0.15)
    light = np.clip(shade, 0, 0.6)
    steps = colour * dark + light * (255.0 - colour) * 0.42 + light * 34
    return np.clip(steps + 0.5, 0, 255).astype(np.uint8)[:, None, :]


RAMP_STEPS = 200.0
"""Steps of a ramp that make up a shade of 1."""
