"""Tiles: endless pieces of relief – folds, threads, prints – drawn once a process."""

from collections.abc import Callable
from functools import cache
from typing import Literal, cast

import cv2
import numpy as np
import numpy.typing as npt

from worker.lookbook.outline import Point

Field = npt.NDArray[np.float32]
"""A float32 (H, W) field over a rectangle of the picture."""

Raw = npt.NDArray[np.float32] | npt.NDArray[np.float64]
"""A field before its spread is made even."""

PrintKind = Literal["stripes", "pinstripes", "checks", "dots", "blocks"]

TILE = 512
"""Side of a tile in pixels; every tile repeats without a seam."""


def _filtered(seed: int, across: float, along: float) -> Field:
    """Periodic Gaussian noise of unit spread, blurred by the two sigmas in pixels."""
    rng = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(rng.normal(size=(TILE, TILE)))
    fy = np.fft.fftfreq(TILE)[:, None]
    fx = np.fft.rfftfreq(TILE)[None, :]
    damp = np.exp(-2 * np.pi**2 * ((fx * across) ** 2 + (fy * along) ** 2))
    noise = np.fft.irfft2(spectrum * damp, s=(TILE, TILE))
    return ((noise - noise.mean()) / noise.std()).astype(np.float32)


def _ridges(noise: Field) -> Field:
    """Noise with sharp crests and wide valleys, as pulled cloth has; unit spread."""
    crest = 1.0 - np.abs(noise) ** 0.8
    return ((crest - crest.mean()) / crest.std()).astype(np.float32)


def _lit_from_side(height: Field) -> Field:
    """A landscape of folds as light from the side shows it; unit spread."""
    slope = np.roll(height, -2, axis=1) - np.roll(height, 2, axis=1)
    slope += 0.5 * (np.roll(height, -2, axis=0) - np.roll(height, 2, axis=0))
    slope = np.tanh(slope / slope.std() * 0.8)
    return (slope / slope.std()).astype(np.float32)


def _drape() -> Raw:
    """Long folds that hang down."""
    return _lit_from_side(_filtered(3, 10, 80)) + 0.5 * _lit_from_side(_filtered(4, 5, 60))


def _crumple() -> Raw:
    """Folds in all directions."""
    return _lit_from_side(_ridges(_filtered(5, 22, 28))) + _lit_from_side(_filtered(6, 12, 18))


def _pulls() -> Raw:
    """Folds across a limb, as at elbows, knees and waists."""
    across = _lit_from_side(np.ascontiguousarray(_filtered(7, 38, 9).T)).T
    return across + 0.5 * _lit_from_side(_ridges(_filtered(8, 14, 24)))


def _knit() -> Raw:
    """Rows of stitches, each a small V."""
    y, x = _grid()
    lean = np.abs((x / 8) % 1.0 - 0.5) * 10.0
    stitches = np.sin(y * (2 * np.pi / 6.4) + lean) * 0.9 + np.cos(x * (2 * np.pi / 8)) * 0.8
    return stitches + 0.5 * _filtered(1, 0.6, 0.6)


def _rib() -> Raw:
    """Upright ribs."""
    _, x = _grid()
    ribs = np.sin(x * (2 * np.pi / 16)) + 0.5 * np.sin(x * (2 * np.pi / 8))
    return ribs + 0.4 * _filtered(1, 0.6, 0.6)


def _denim() -> Raw:
    """Twill with uneven threads."""
    y, x = _grid()
    twill = 0.7 * np.sin((x + y) * (2 * np.pi / 4))
    return twill + 0.8 * _filtered(13, 0.8, 5) + 0.5 * _filtered(1, 0.6, 0.6)


def _tweed() -> Raw:
    """Specks on a twill."""
    y, x = _grid()
    return 1.1 * _filtered(14, 1.1, 1.1) + 0.6 * np.sin((x + 2 * y) * (2 * np.pi / 8))


def _grid() -> tuple[Field, Field]:
    """Rows and columns of a tile."""
    y, x = np.mgrid[0:TILE, 0:TILE].astype(np.float32)
    return y, x


_MAKERS: dict[str, Callable[[], Raw]] = {
    "cloud": lambda: _filtered(2, 42, 42),
    "drape": _drape,
    "crumple": _crumple,
    "pulls": _pulls,
    "grain": lambda: _filtered(1, 0.6, 0.6),
    "strands": lambda: 0.75 * _filtered(9, 1.2, 60) + 0.75 * _filtered(10, 5, 90),
    "knit": _knit,
    "rib": _rib,
    "denim": _denim,
    "tweed": _tweed,
    "leather": lambda: _ridges(_filtered(15, 2.2, 2.2)) * 0.6 + 0.5 * _filtered(16, 7, 7),
}


@cache
def tile(name: str) -> Field:
    """The relief tile of that name: float32 (512, 512), mean about 0, spread 1."""
    made = _MAKERS[name]()
    return (made / np.float32(made.std())).astype(np.float32)


@cache
def print_tile(kind: PrintKind) -> Field:
    """Where the second colour of a print lies: float32 (512, 512), 0..1, pitch 64 pixels."""
    y, x = np.mgrid[0:TILE, 0:TILE].astype(np.float32)
    u, v = (x / 64) % 1.0, (y / 64) % 1.0
    if kind == "stripes":
        drawn = v < 0.36
    elif kind == "pinstripes":
        drawn = u < 0.10
    elif kind == "checks":
        drawn = ((u < 0.22).astype(np.float32) + (v < 0.22)) * 0.5
    elif kind == "dots":
        row = np.floor(y / 64) % 2 * 0.5
        drawn = np.hypot((u + row) % 1.0 - 0.5, v - 0.5) < 0.24
    else:
        drawn = (u < 0.34) & (v > 0.4)
    soft = cv2.GaussianBlur(np.asarray(drawn, dtype=np.float32), (0, 0), 1.6)
    return cast("Field", soft)


@cache
def _magnified(name: str, quarters: int) -> Field:
    """The tile magnified by 2 ** (quarters / 4), still without a seam."""
    side = max(round(TILE * 2 ** (quarters / 4)), 16)
    method = cv2.INTER_AREA if side < TILE else cv2.INTER_LINEAR
    return cast("Field", cv2.resize(tile(name), (side, side), interpolation=method))


def cut(name: str, size_hw: tuple[int, int], scale: float, rng: np.random.Generator) -> Field:
    """A piece of size (h, w) of that tile, upright, from a place that `rng` picks."""
    whole = _magnified(name, round(4 * float(np.log2(scale))))
    row, column = rng.integers(0, TILE, 2)
    rows = np.arange(row, row + size_hw[0]) % whole.shape[0]
    columns = np.arange(column, column + size_hw[1]) % whole.shape[1]
    return whole.take(rows, axis=0).take(columns, axis=1)


def lay(field: Field, size_hw: tuple[int, int], origin: Point, angle: float, scale: float) -> Field:
    """A tile laid over a rectangle of size (h, w): shifted, turned, magnified by `scale`.

    `angle` is the direction of the tile's vertical in radians clockwise on the picture.
    """
    cos, sin = np.cos(angle) / scale, np.sin(angle) / scale
    matrix = np.array([[cos, sin, origin[0] % TILE], [-sin, cos, origin[1] % TILE]])
    laid = cv2.warpAffine(
        field,
        matrix,
        (size_hw[1], size_hw[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    return cast("Field", laid)
