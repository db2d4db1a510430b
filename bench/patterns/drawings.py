"""Drawings of patterns: which layer covers each pixel of a garment.

Every drawing takes a random generator, the garment's mask, bool (H, W), and the scale of its
repeat in pixels. It gives layers, float32 (H, W) each, that sum to 1; the ground comes first.
"""

from collections.abc import Callable
from typing import Final, cast

import numpy as np

from bench.colours.cloths import Field, Signed, axes, from_middle, noise, patches, stack, two
from shared.contracts.results import Pattern
from worker.imaging.regions import Mask

Drawing = Callable[[np.random.Generator, Mask, float], list[Field]]


def plain(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """One colour all over; in half of them with what lies before plain cloth in photos."""
    del scale
    if rng.random() < 0.45:
        return [np.ones(mask.shape, np.float32)]
    return BEFORE_PLAIN[int(rng.integers(len(BEFORE_PLAIN)))](rng, mask)


def _strap(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """A bag's strap or a belt across."""
    _, y = axes(rng, mask, 1.4)
    middle = rng.uniform(0.3, 0.7) * mask.shape[0]
    return two(rng.uniform(2, 8) - np.abs(y - middle))


def _strands(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """Hair that falls over the shoulders."""
    height, width = mask.shape
    wisps = noise(rng, (height, width), 50, rng.uniform(1.0, 2.5))
    y, x = _places(mask)
    fade = y / (rng.uniform(0.2, 0.5) * height) + np.abs(x / width - rng.choice([0.36, 0.64])) * 6
    return two((wisps + 1.2 - 1.6 * fade) * 3)


def _places(mask: Mask) -> tuple[Field, Field]:
    """Row and column of every pixel, float32 (h, w) each."""
    rows, columns = cast("tuple[Field, Field]", tuple(np.indices(mask.shape, np.float32)))
    return rows, columns


def _bag(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """A bag or a hand before the garment, at its side."""
    height, width = mask.shape
    y, x = _places(mask)
    centre = rng.uniform(0.4, 0.8) * height, rng.choice([0.32, 0.68]) * width
    half = rng.uniform(10, 24), rng.uniform(8, 18)
    off = np.maximum(np.abs(y - centre[0]) / half[0], np.abs(x - centre[1]) / half[1])
    return two((1 - off) * min(half))


def _buttons(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """A row of buttons, or a zip."""
    width = mask.shape[1]
    y, x = _places(mask)
    x = x - rng.uniform(0.42, 0.58) * width
    if rng.random() < 0.5:
        return two(rng.uniform(1, 2.5) - np.abs(x))
    return two(rng.uniform(1.5, 3.5) - np.hypot(x, from_middle(y, rng.uniform(24, 48))))


def _logo(rng: np.random.Generator, mask: Mask) -> list[Field]:
    """A small emblem on the chest."""
    height, width = mask.shape
    y, x = _places(mask)
    at = np.hypot(y - 0.3 * height, x - rng.choice([0.42, 0.58]) * width)
    return two(np.asarray(rng.uniform(2, 5) - at))


BEFORE_PLAIN: Final = (_strap, _strands, _bag, _buttons, _logo)


def striped(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """Even, thin, or of three colours; across, upright or slanting."""
    x, y = axes(rng, mask, 0.12 if rng.random() < 0.8 else 0.8)
    axis = y if rng.random() < 0.6 else x
    kind = rng.choice(["even", "thin", "three"], p=[0.5, 0.25, 0.25])
    part = {"even": rng.uniform(0.3, 0.5), "thin": rng.uniform(0.12, 0.25), "three": 0.25}[kind]
    first = _band(axis, scale, part)
    if kind != "three":
        return two(first)
    return stack(two(first)[1], two(_band(axis + scale / 2, scale, rng.uniform(0.1, 0.3)))[1])


def _band(axis: Field, pitch: float, part: float) -> Signed:
    return part * pitch / 2 - np.abs(from_middle(axis, pitch))


def checked(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """Gingham, tartan, window panes, or a board of squares."""
    x, y = axes(rng, mask, 0.12 if rng.random() < 0.8 else 0.8)
    kind = rng.choice(["gingham", "tartan", "panes", "board"], p=[0.4, 0.3, 0.2, 0.1])
    if kind == "panes":
        part = rng.uniform(0.1, 0.2)
        return two(np.maximum(_band(x, scale, part), _band(y, scale, part)))
    u, v = two(_band(x, scale, 0.5))[1], two(_band(y, scale, 0.5))[1]
    if kind == "board":
        covered = u * (1 - v) + v * (1 - u)
        return cast("list[Field]", [1 - covered, covered])
    if kind == "gingham":
        covered = (u + v) / 2
        return [(1 - covered).astype(np.float32), covered.astype(np.float32)]
    thin = (
        two(_band(x + scale / 4, scale, 0.12))[1] + two(_band(y + scale / 4, scale, 0.12))[1]
    ) / 2
    ground, covered = 1 - (u + v) / 2, (u + v) / 2
    return cast("list[Field]", [ground * (1 - thin), covered * (1 - thin), thin])


def dotted(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """Dots in rows, every second row shifted by half in most."""
    x, y = axes(rng, mask, 0.8)
    row = np.floor((y + scale / 2) / scale)
    shifted = x + (row % 2) * (scale / 2 if rng.random() < 0.7 else 0)
    off = np.hypot(from_middle(cast("Field", shifted), scale), from_middle(y, scale))
    return two(rng.uniform(0.18, 0.34) * scale - off)


def floral(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """Blossoms of five petals with hearts, and leaves, strewn without order."""
    height, width = (int(length) for length in mask.shape)
    size = scale * rng.uniform(0.35, 0.6)
    y, x = _places(mask)
    petals, hearts, leaves = (np.full(mask.shape, -9.0, np.float32) for _ in range(3))
    for _ in range(min(140, int(rng.uniform(0.6, 1.2) * height * width / scale**2))):
        row, column = rng.uniform(0, height), rng.uniform(0, width)
        radius, turn = size * rng.uniform(0.6, 1.3), rng.uniform(0, 6)
        reach = int(2.4 * radius) + 2
        part = (
            slice(max(0, int(row) - reach), int(row) + reach),
            slice(max(0, int(column) - reach), int(column) + reach),
        )
        dy, dx = y[part] - row, x[part] - column
        away, angle = np.hypot(dy, dx), np.arctan2(dy, dx)
        edge = radius * (0.65 + 0.35 * np.cos(5 * (angle + turn)))
        petals[part] = np.maximum(petals[part], edge - away)
        hearts[part] = np.maximum(hearts[part], 0.28 * radius - away)
        along = dx * np.cos(turn) + dy * np.sin(turn)
        beside = dy * np.cos(turn) - dx * np.sin(turn)
        leaf = 0.35 * radius - np.hypot((along - 1.5 * radius) / 2.4, beside)
        leaves[part] = np.maximum(leaves[part], leaf)
    return stack(*(two(each)[1] for each in (leaves, petals, hearts)))


def animal(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """Leopard, or zebra."""
    if rng.random() < 0.6:
        size = float(np.clip(scale / 4, 2.5, 9))
        field = noise(rng, (mask.shape[0], mask.shape[1]), size, size)
        spots = (field - rng.uniform(0.4, 0.8)) * size * 1.5
        return stack(two(spots)[1], two(spots - rng.uniform(0.35, 0.6) * size)[1])
    size = (mask.shape[0], mask.shape[1])
    bend = 0.9 * scale * noise(rng, size, 20, 20)
    _, y = axes(rng, mask, 0.4)
    broken = 0.16 * scale * noise(rng, size, 8, 8)
    return two(_band(cast("Field", y + bend), scale, 0.5) + broken)


def printed(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """Camouflage, a large picture on the front, or brushed colour."""
    size = (mask.shape[0], mask.shape[1])
    kind = rng.choice(["camouflage", "front", "brushed"])
    if kind == "camouflage":
        return stack(*(two(patches(rng, mask, rng.uniform(0.2, 0.7)))[1] for _ in range(3)))
    if kind == "brushed":
        return stack(*(two((noise(rng, size, scale, scale / 3) - 0.5) * 4)[1] for _ in range(2)))
    y, x = _places(mask)
    away = np.maximum(np.abs(y / size[0] - 0.4) / 0.17, np.abs(x / size[1] - 0.5) / 0.14)
    here = (away < 1).astype(np.float32)
    inner = noise(rng, size, 5, 5)
    return stack(here * two(inner * 6)[1], here * two((inner - 0.9) * 6)[1])


def colour_blocked(rng: np.random.Generator, mask: Mask, scale: float) -> list[Field]:
    """Two or three large parts with straight borders."""
    del scale
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x, y = axes(rng, mask, 0.15 if rng.random() < 0.7 else 0.7)
    if rng.random() < 0.65:
        at = rng.uniform(0.35, 0.65, 2) * (rows[-1] - rows[0]) + rows[0]
        axis = y
    else:
        at = rng.uniform(0.4, 0.6, 2) * (columns[-1] - columns[0]) + columns[0]
        axis = x
    if rng.random() < 0.7:
        return two(axis - at[0])
    apart = 0.2 * (rows[-1] - rows[0])
    return stack(two(axis - at[0] + apart / 2)[1], two(axis - at[0] - apart)[1])


DRAWINGS: Final[dict[Pattern, Drawing]] = {
    Pattern.PLAIN: plain,
    Pattern.STRIPED: striped,
    Pattern.CHECKED: checked,
    Pattern.DOTTED: dotted,
    Pattern.FLORAL: floral,
    Pattern.ANIMAL: animal,
    Pattern.PRINTED: printed,
    Pattern.COLOUR_BLOCKED: colour_blocked,
}
