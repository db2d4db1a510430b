"""Garments of a known pattern: drawn cloth on a body with folds, lit and photographed."""

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from bench.colours.cloths import pick_colours, woven
from bench.colours.renders import LIGHTS, SIZE_HW, outline, photograph
from bench.patterns.drawings import DRAWINGS
from shared.colour.cielab import Rgb, delta_e2000, rgb_to_lab
from shared.contracts.results import Pattern
from worker.imaging.regions import Mask, Pixels

SCALE: Final = (7.0, 34.0)
"""The repeat in pixels of a picture of 320 by 240: from a pinstripe to a large flower."""

SEEN: Final = 22.0
"""A print's colours are so far from its ground's, or a shopper would overlook it."""

ANIMALS: Final = ((196, 154, 104), (52, 36, 28), (120, 78, 44), (236, 230, 220), (30, 28, 28))


@dataclass(frozen=True)
class Garment:
    """A picture, RGB uint8 (H, W, 3), where the garment is, its pattern and its colours.

    ``colours`` are sRGB uint8 (N, 3), the ground's first; ``shares`` their parts of the garment.
    """

    pixels: Pixels
    mask: Mask
    pattern: Pattern
    colours: Rgb
    shares: tuple[float, ...]


def garment(pattern: Pattern, seed: int, folds: float | None = None) -> Garment:
    """Draw a garment; the same words give the same bytes. ``folds`` is their height, 0..1.3."""
    rng = np.random.default_rng([seed, 4000, list(DRAWINGS).index(pattern)])
    coverage = outline(rng, SIZE_HW)
    mask = coverage >= 0.5
    scale = math.exp(rng.uniform(math.log(SCALE[0]), math.log(SCALE[1])))
    layers = DRAWINGS[pattern](rng, mask, scale)
    colours = _colours(rng, pattern, len(layers))
    shares = np.array([float(layer[mask].mean()) for layer in layers])
    cloth = woven(rng, layers, colours, shares)
    if folds is not None:
        cloth = replace(cloth, folds=folds)
    light = LIGHTS[int(rng.integers(len(LIGHTS)))]
    pixels = photograph(rng, coverage, cloth, light)
    return Garment(pixels, mask, pattern, colours, tuple(map(float, shares)))


def _colours(rng: np.random.Generator, pattern: Pattern, count: int) -> Rgb:
    if pattern is Pattern.ANIMAL and rng.random() < 0.85:
        dark = [ANIMALS[3], ANIMALS[4]] if count == 2 else [ANIMALS[0], ANIMALS[1], ANIMALS[2]]
        moved = np.array(dark) + rng.normal(0, 10, (count, 3))
        return np.clip(moved, 15, 245).astype(np.uint8)
    while True:
        colours = pick_colours(rng, count)
        labs = rgb_to_lab(colours)
        if all(delta_e2000(labs[0], other) > SEEN for other in labs[1:]):
            return colours
