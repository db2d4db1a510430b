"""Cloth to render: its colours, how they lie on the garment, and how it takes the light."""

from dataclasses import dataclass
from typing import Final, Literal, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab, Rgb, delta_e2000, lab_to_rgb, rgb_to_lab, rgb_to_linear
from worker.imaging.regions import Mask

Kind = Literal["plain", "two-tone", "patterned"]
Field = npt.NDArray[np.float32]
Signed = npt.NDArray[np.float32] | npt.NDArray[np.float64]

# No cloth is darker or lighter than this, linear light: even velvet and bleached linen.
DARKEST: Final = 0.004
LIGHTEST: Final = 0.92
# Two colours of one garment are this far apart in ΔE2000, so that the truth is no matter of taste.
APART: Final = 18.0
# The largest colour covers so much more than the second.
AHEAD: Final = 1.25


@dataclass(frozen=True)
class Cloth:
    """Albedo, linear float32 (H, W, 3); its colours, CIELAB (N, 3), with their shares of the mask.

    ``folds`` is the height of folds, ``weave`` the spread of the thread's own light and dark;
    ``gloss`` is the strength of its shine, linear, and ``polish`` the exponent that narrows it.
    """

    albedo: Field
    colours: Lab
    shares: npt.NDArray[np.float64]
    folds: float
    weave: float
    gloss: float
    polish: float


def draw_cloth(rng: np.random.Generator, kind: Kind, mask: Mask) -> Cloth:
    """Draw colours until one is clearly the largest, and lay them over the mask."""
    while True:
        layers = _layers(rng, kind, mask)
        colours = pick_colours(rng, len(layers))
        shares = np.array([float(layer[mask].mean()) for layer in layers])
        largest, *rest = np.sort(shares)[::-1]
        if not rest or largest > AHEAD * rest[0]:
            break
    return woven(rng, layers, colours, shares)


def woven(
    rng: np.random.Generator, layers: list[Field], colours: Rgb, shares: npt.NDArray[np.float64]
) -> Cloth:
    """Give layers their colours, sRGB uint8 (N, 3), and the cloth a surface and folds."""
    albedo = sum(
        layer[..., None] * rgb_to_linear(colour).astype(np.float32)
        for layer, colour in zip(layers, colours, strict=True)
    )
    surface = rng.choice(["matte", "satin", "shiny"], p=[0.6, 0.25, 0.15])
    low, high, blunt, sharp = {
        "matte": (0.0, 0.02, 8, 16),
        "satin": (0.04, 0.15, 15, 50),
        "shiny": (0.15, 0.5, 40, 120),
    }[surface]
    return Cloth(
        np.asarray(albedo, np.float32),
        rgb_to_lab(colours),
        shares,
        folds=rng.uniform(0.2, 1.3),
        weave=rng.uniform(0.005, 0.05),
        gloss=rng.uniform(low, high),
        polish=rng.uniform(blunt, sharp),
    )


def noise(rng: np.random.Generator, size_hw: tuple[int, int], y: float, x: float) -> Field:
    """Smooth noise, float32 (H, W), mean 0 and spread 1, blurred so many pixels down and across."""
    # Wide noise is drawn small and enlarged, which cannot be seen.
    zoom_y, zoom_x = max(1.0, y / 3), max(1.0, x / 3)
    small = (int(size_hw[0] / zoom_y) + 4, int(size_hw[1] / zoom_x) + 4)
    field = rng.normal(size=small).astype(np.float32)
    field = cv2.GaussianBlur(field, (0, 0), sigmaX=x / zoom_x, sigmaY=y / zoom_y)
    field = cv2.resize(field, size_hw[::-1], interpolation=cv2.INTER_CUBIC)
    return cast("Field", (field - field.mean()) / field.std())


def pick_colours(rng: np.random.Generator, count: int) -> Rgb:
    """So many colours of cloth that can be told apart, sRGB uint8 (count, 3)."""
    found: list[Rgb] = []
    while len(found) < count:
        colour = _colour(rng)
        lab = rgb_to_lab(colour)
        if all(delta_e2000(lab, rgb_to_lab(other)) > APART for other in found):
            found.append(colour)
    return np.array(found, np.uint8)


def _colour(rng: np.random.Generator) -> Rgb:
    """Three in ten neutral, as in a wardrobe, a quarter muted, the rest coloured; all hues."""
    while True:
        chroma = rng.uniform(*((0, 4), (4, 25), (25, 75))[rng.choice(3, p=[0.3, 0.25, 0.45])])
        hue = rng.uniform(0, 2 * np.pi)
        wanted = np.array([rng.uniform(12, 97), chroma * np.cos(hue), chroma * np.sin(hue)])
        colour = lab_to_rgb(wanted)
        # Outside of sRGB another colour comes back.
        inside = delta_e2000(rgb_to_lab(colour), wanted) < 1
        if (
            inside
            and rgb_to_linear(colour).min() >= DARKEST
            and rgb_to_linear(colour).max() <= LIGHTEST
        ):
            return colour


def _layers(rng: np.random.Generator, kind: Kind, mask: Mask) -> list[Field]:
    """How much of each pixel each colour takes, float32 (H, W) that sum to 1."""
    if kind == "plain":
        return [np.ones(mask.shape, np.float32)]
    if kind == "two-tone":
        return two(block(rng, mask))
    return PATTERNS[int(rng.integers(len(PATTERNS)))](rng, mask)


def two(second: Signed) -> list[Field]:
    """The ground and what lies on it, from a signed distance in pixels (positive: second)."""
    covered = np.clip(second + 0.5, 0, 1).astype(np.float32)
    return [1 - covered, covered]


def axes(rng: np.random.Generator, mask: Mask, turn: float) -> tuple[Field, Field]:
    """Pixel coordinates along two axes that are turned by up to so many radians."""
    y, x = np.indices(mask.shape, np.float32)
    angle = rng.uniform(-turn, turn)
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    wave = 2 * noise(rng, (mask.shape[0], mask.shape[1]), 20, 20)
    return along + wave, across + wave


def block(rng: np.random.Generator, mask: Mask) -> Signed:
    """The lower or the right part in another colour."""
    x, y = axes(rng, mask, 0.15)
    if rng.random() < 0.7:
        return y - rng.uniform(0.45, 0.8) * mask.shape[0]
    return x - rng.uniform(0.5, 0.65) * mask.shape[1]


def _stripes(rng: np.random.Generator, mask: Mask) -> list[Field]:
    x, y = axes(rng, mask, 0.1)
    return two(_band(rng, x if rng.random() < 0.3 else y, rng.uniform(8, 40)))


def _checks(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """Bands of two colours over a ground; the second crosses over the first."""
    x, y = axes(rng, mask, 0.8)
    pitch = rng.uniform(16, 50)
    return stack(two(_band(rng, x, pitch))[1], two(_band(rng, y, pitch))[1])


def _dots(rng: np.random.Generator, mask: Mask) -> list[Field]:
    x, y = axes(rng, mask, 0.8)
    pitch = rng.uniform(10, 36)
    u, v = (from_middle(axis, pitch) for axis in (x, y))
    return two(rng.uniform(0.2, 0.36) * pitch - np.hypot(u, v))


def _flowers(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """Patches of two colours over a ground."""
    return stack(*(two(patches(rng, mask, rng.uniform(0.7, 1.1)))[1] for _ in range(2)))


def leopard(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """Circles of one colour, filled with another, over a ground."""
    spots = patches(rng, mask, rng.uniform(0.6, 0.9))
    return stack(two(spots)[1], two(spots - rng.uniform(3, 5))[1])


def _band(rng: np.random.Generator, axis: Field, pitch: float) -> Signed:
    return rng.uniform(0.12, 0.24) * pitch * 2 - np.abs(from_middle(axis, pitch)) - 0.1 * pitch


def from_middle(axis: Field, pitch: float) -> Field:
    """Signed distance from the middle of the repeat that one is in."""
    return (axis + pitch / 2) % pitch - pitch / 2


def patches(rng: np.random.Generator, mask: Mask, above: float) -> Signed:
    """Round patches as a signed distance in pixels."""
    size = rng.uniform(5, 12)
    field = noise(rng, (mask.shape[0], mask.shape[1]), size, size)
    return (field - above) * size * 1.5


def stack(*over: Field) -> list[Field]:
    """A ground under opaque layers, each above those before it; the ground comes first."""
    layers = [np.ones_like(over[0])]
    for cover in over:
        layers = [layer * (1 - cover) for layer in layers] + [cover]
    return layers


PATTERNS: Final = (_stripes, _checks, _dots, _flowers, leopard)
