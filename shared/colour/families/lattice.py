"""A lattice of lightness, chroma and hue, between whose points values are interpolated.

They are those of OKLab, the first two in percent of white: people part families by hue, and at low
chroma hue says nothing, so points lie close where borders do. At chroma 0 all hues are one point.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Floats
from shared.colour.oklab import lab_to_oklab, oklab_to_lab

Indices = npt.NDArray[np.intp]

TURN: Final = 360.0
PERCENT: Final = 100.0


@dataclass(frozen=True)
class Lattice:
    """Points at every lightness, chroma and hue of these; chromas begin with 0.

    Hues divide the circle into equal parts, the first at 0 degrees.
    """

    lightnesses: tuple[float, ...]
    chromas: tuple[float, ...]
    hues: int

    @property
    def size(self) -> int:
        """How many points there are."""
        return len(self.lightnesses) * self._in_a_plane

    @property
    def _in_a_plane(self) -> int:
        return 1 + (len(self.chromas) - 1) * self.hues

    @cached_property
    def points(self) -> Floats:
        """Lightness, chroma and hue in degrees of every point, (P, 3)."""
        hues = np.arange(self.hues) * (TURN / self.hues)
        plane = [(0.0, 0.0), *((chroma, hue) for chroma in self.chromas[1:] for hue in hues)]
        return np.array([(light, *rest) for light in self.lightnesses for rest in plane])

    @cached_property
    def oklabs(self) -> Floats:
        """OKLab of every point, (P, 3), in percent."""
        light, chroma, hue = self.points.T
        angle = np.radians(hue)
        return np.stack([light, chroma * np.cos(angle), chroma * np.sin(angle)], axis=1)

    @property
    def labs(self) -> Floats:
        """CIELAB of every point, (P, 3)."""
        return oklab_to_lab(self.oklabs / PERCENT)

    def neighbours(self) -> tuple[Indices, Indices]:
        """Every pair of points that lie beside each other along one axis: both ends' numbers."""
        light, chroma, hue = np.meshgrid(
            np.arange(len(self.lightnesses)),
            np.arange(len(self.chromas)),
            np.arange(self.hues),
            indexing="ij",
        )
        here = self._number(light, chroma, hue)
        pairs = [
            (here[:-1], here[1:]),
            (here[:, :-1], here[:, 1:]),
            (here, np.roll(here, -1, axis=2)),
        ]
        ends = np.concatenate([np.stack([a.ravel(), b.ravel()], 1) for a, b in pairs])
        ends = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
        return ends[:, 0], ends[:, 1]

    def around(self, labs: npt.ArrayLike) -> tuple[Indices, Floats]:
        """Find the points around colours, and how much each of them counts.

        Args:
            labs: CIELAB (N, 3); what lies outside the lattice counts as its nearest edge.

        Returns:
            Numbers of points (N, 8), and weights (N, 8) that sum to 1 for each colour.
        """
        light, a, b = PERCENT * lab_to_oklab(np.reshape(labs, (-1, 3))).T
        turned = np.arctan2(b, a) * (self.hues / (2 * np.pi))
        low_hue = np.floor(turned).astype(np.intp)
        axes = (
            _between(light, self.lightnesses),
            _between(np.sqrt(a * a + b * b), self.chromas),
            (low_hue, turned - low_hue),
        )
        numbers = np.empty((len(light), 8), np.intp)
        weights = np.empty((len(light), 8))
        for corner, steps in enumerate(np.ndindex(2, 2, 2)):
            at = [low + step for (low, _), step in zip(axes, steps, strict=True)]
            parts = [
                part if step else 1 - part for (_, part), step in zip(axes, steps, strict=True)
            ]
            numbers[:, corner] = self._number(*at)
            weights[:, corner] = parts[0] * parts[1] * parts[2]
        return numbers, weights

    def _number(self, light: Indices, chroma: Indices, hue: Indices) -> Indices:
        ring = 1 + (chroma - 1) * self.hues + hue % self.hues
        return light * self._in_a_plane + np.where(chroma == 0, 0, ring)


def _between(values: Floats, nodes: tuple[float, ...]) -> tuple[Indices, Floats]:
    """Return the node below each value, and how far it is on the way to the next, 0..1."""
    edges = np.array(nodes)
    low = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, len(edges) - 2)
    return low, np.clip((values - edges[low]) / np.diff(edges)[low], 0, 1)
