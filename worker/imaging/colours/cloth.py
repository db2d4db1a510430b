"""How one cloth's colour changes in light, shadow and shine, and which of its colours is its own.

Shading multiplies a surface's linear light by a factor; CIELAB's cube root turns that into a factor
on (L + 16, a, b). So a and b divided by L + 16 stay as they are from fold to fold. Shine adds the
light's own colour, which is about white: hue stays, L rises, and a and b over L + 16 fall (the
dichromatic model: Shafer, "Using Color to Separate Reflection Components", Color Research and
Application 10, 1985).
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Self, cast

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Triple = tuple[float, float, float]

# At this lightness cloth coordinates equal a and b; below DARK they are not stretched further,
# since near black the division would blow up the camera's noise.
MIDDLE: Final = 54.0
DARK: Final = 24.0
LIGHTNESS_WEIGHT: Final = 0.5

# Two peaks of one cloth in shade and sun: both strongly coloured, hues within degrees, chroma
# within a factor.
STRONG: Final = 28.0
SAME_HUE: Final = 10.0
SAME_CHROMA: Final = 1.6

# A peak is the shine of another where it is lighter by this much, of the same hue, of less chroma
# but not grey; and where no gap lies between them: a second cloth leaves one, a highlight fades.
LIGHTER: Final = 2.0
COLOURED: Final = 8.0
PALER: Final = 0.85
AS_LARGE: Final = 4.0
FADES: Final = 0.35
# Width of the blur along the way from one peak to the other, as a share of it, and how far beside
# the way a colour may lie, in cloth coordinates.
_ALONG: Final = 0.08
_BESIDE: Final = 10.0

# Widths of the blurs by which a cloth's commonest colour is found, in cloth coordinates and in L.
_CHROMA_BLUR: Final = 5.0
_LIGHTNESS_BLUR: Final = 3.0
# Folds and turned surfaces darken more of a cloth than the light brightens: the mean is taken so
# far above the commonest lightness.
_LIT: Final = 2.0
_FINE: Final = 2  # bins to a unit of L
_REACH: Final = round(3 * _LIGHTNESS_BLUR * _FINE)
_KERNEL: Final = np.exp(-0.5 * (np.arange(-_REACH, _REACH + 1) / _FINE / _LIGHTNESS_BLUR) ** 2)


def cloth_of_lab(lab: Floats) -> Floats:
    """Coordinates (N, 3) in which the shading of one cloth hardly moves a colour (N, 3)."""
    stretch = (MIDDLE + 16) / np.maximum(lab[:, :1] + 16, DARK + 16)
    return np.hstack([lab[:, :1] * LIGHTNESS_WEIGHT, lab[:, 1:] * stretch])


@dataclass(frozen=True)
class Peaks:
    """Clusters of colours in cloth coordinates.

    ``cluster`` (N,) numbers each colour's cluster; ``cloth`` (N, 3) and ``counts`` (N,) are the
    colours and how often each occurs; ``sizes`` (K,) and ``centres`` (K, 3) are the clusters' own.
    """

    cluster: Indices
    cloth: Floats
    counts: Floats
    sizes: Floats
    centres: Floats

    @classmethod
    def of(cls, cluster: Indices, cloth: Floats, counts: Floats) -> Self:
        """Weigh the clusters, whose numbers have no gaps."""
        sizes = np.bincount(cluster, counts).astype(np.float64)
        sums = np.stack([np.bincount(cluster, counts * cloth[:, k]) for k in range(3)], axis=1)
        return cls(cluster, cloth, counts, sizes, sums / sizes[:, None])

    @cached_property
    def chroma(self) -> Floats:
        """Of each centre, stretched as its lightness asks even below ``DARK``."""
        lightness = self.centres[:, 0] / LIGHTNESS_WEIGHT + 16
        stretch = np.maximum(lightness, DARK + 16) / lightness
        return np.hypot(self.centres[:, 1], self.centres[:, 2]) * stretch

    @cached_property
    def hue(self) -> Floats:
        """Of each centre, in degrees."""
        return np.degrees(np.arctan2(self.centres[:, 2], self.centres[:, 1]))

    def turn(self, one: int, other: int) -> float:
        """Degrees from one centre's hue to the other's."""
        return abs((self.hue[one] - self.hue[other] + 180) % 360 - 180)

    def bodies(self, least: float) -> Indices:
        """Say of each cluster whose shine it is: (K,), its own number where it is none.

        Clusters of less than the share ``least`` of all are left as they are.
        """
        body = np.arange(len(self.sizes))
        large = np.flatnonzero(self.sizes >= least * self.sizes.sum())
        # The darkest first: a highlight of a highlight is the body's as well.
        for shine in large[np.argsort(self.centres[large, 0], kind="stable")]:
            for matte in large[np.argsort(-self.sizes[large], kind="stable")]:
                if self._shines(int(shine), int(matte)):
                    body[shine] = body[matte]
                    break
        return body

    def cloths(self, body: Indices) -> Indices:
        """Join lights and shadows of one strongly coloured cloth, and the shine of each with it.

        Returns:
            For each cluster the number of its cloth, (K,): that of the cloth's largest cluster.
        """
        home = body.copy()
        joined: list[int] = []
        for k in np.argsort(-self.sizes, kind="stable"):
            if body[k] != k:
                continue
            for larger in joined:
                less, more = sorted((self.chroma[k], self.chroma[larger]))
                near = less > STRONG and self.turn(k, larger) < SAME_HUE
                if near and more < SAME_CHROMA * less:
                    home[k] = larger
                    break
            else:
                joined.append(int(k))
        return home[body]

    def _shines(self, shine: int, matte: int) -> bool:
        lighter = self.centres[shine, 0] - self.centres[matte, 0]
        return bool(
            lighter > LIGHTER * LIGHTNESS_WEIGHT
            and COLOURED < self.chroma[shine] < PALER * self.chroma[matte]
            and self.sizes[shine] < AS_LARGE * self.sizes[matte]
            and self.turn(shine, matte) < SAME_HUE
            and self._fades(matte, shine)
        )

    def _fades(self, matte: int, shine: int) -> bool:
        """Whether the colours between two clusters' centres are common too."""
        start, way = self.centres[matte], self.centres[shine] - self.centres[matte]
        both = (self.cluster == matte) | (self.cluster == shine)
        offset = self.cloth[both] - start
        along = offset @ way / (way @ way)
        on_it = np.linalg.norm(offset - along[:, None] * way, axis=1) < _BESIDE
        levels = np.arange(-4, 25) / 20
        bumps = np.exp(-0.5 * ((levels[:, None] - along[on_it]) / _ALONG) ** 2)
        height = bumps @ self.counts[both][on_it]
        half = int(np.searchsorted(levels, 0.5))
        first, second = int(height[:half].argmax()), half + int(height[half:].argmax())
        valley = height[first : second + 1].min()
        return bool(valley >= FADES * min(height[first], height[second]))


def own_colour(lab: Floats, cloth: Floats, counts: Floats) -> Triple:
    """The colour of one cloth: its commonest chroma and hue, and then its commonest lightness.

    A mean is darkened by folds and by shadow, and lightened by shine. The commonest colour is that
    of the cloth which faces the camera. The answer is a mean of what lies around it.

    Args:
        lab: float64 (N, 3), its colours in CIELAB, N of 1 or more.
        cloth: float64 (N, 3), the same in cloth coordinates.
        counts: float64 (N,), how often each occurs.
    """
    shares = counts / counts.sum()
    red, yellow = np.ascontiguousarray(cloth[:, 1:].T)
    rows, columns = np.rint(red).astype(np.intp), np.rint(yellow).astype(np.intp)
    top, left = int(rows.min()), int(columns.min())
    high, wide = int(rows.max()) - top + 1, int(columns.max()) - left + 1
    heap = np.bincount((rows - top) * wide + columns - left, shares, high * wide)
    heap = heap.astype(np.float32).reshape(high, wide)
    heap = cv2.GaussianBlur(heap, (0, 0), _CHROMA_BLUR, borderType=cv2.BORDER_CONSTANT)
    row, column = divmod(int(heap.argmax()), wide)
    away = (red - row - top) ** 2 + (yellow - column - left) ** 2
    near = shares * np.exp(-0.5 * away / _CHROMA_BLUR**2)
    lightness = np.ascontiguousarray(lab[:, 0])
    levels = np.bincount(np.rint(lightness * _FINE).astype(np.intp), near, 100 * _FINE + 1)
    level = float(np.convolve(levels, _KERNEL, "same").argmax()) / _FINE + _LIT
    near = near * np.exp(-0.5 * ((lightness - level) / _LIGHTNESS_BLUR) ** 2)
    mean = cast("Floats", near @ lab / near.sum())
    return float(mean[0]), float(mean[1]), float(mean[2])
