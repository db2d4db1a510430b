"""The backdrop: a smooth surface through a picture's border, where that is plain."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab
from worker.imaging.regions import Mask

# Width of the border, as a share of the shorter side.
_BORDER: Final = 0.02
# The border is plain when this share of three of its sides, and of all of it, fits the surface.
_PLAIN_SIDE: Final = 0.9
_PLAIN_BORDER: Final = 0.7
# Tolerances in Delta E (1976), first wide enough for a vignette, then tight around the surface.
_TOLERANCES: Final = (24.0, 12.0, 8.0, 4.0)
# Holds the surface back from bending further than the border asks for: what is seen of the
# backdrop ends at the border, and behind the product a bold curve goes wild.
_STIFFNESS: Final = 0.005
_LEAST_TOLERANCE: Final = 3.0
_ROUGHEST: Final = 2.0


@dataclass(frozen=True)
class Backdrop:
    """What stands behind the product: Lab (H, W, 3) everywhere, and how rough it is (Delta E)."""

    surface: Lab
    roughness: float
    inliers: Mask

    @property
    def tolerance(self) -> float:
        """How far, in Delta E, a pixel may be from the surface and still be the backdrop."""
        return max(_LEAST_TOLERANCE, 4 * self.roughness)


def find_backdrop(lab: Lab) -> Backdrop | None:
    """Fit a smooth surface to the border of a picture, Lab float32 (H, W, 3).

    Returns:
        The backdrop, or None where the border is not plain.
    """
    height, width = lab.shape[:2]
    rim = max(2, round(_BORDER * min(height, width)))
    border = np.ones((height, width), np.bool_)
    border[rim:-rim, rim:-rim] = False
    terms = _terms(height, width)
    at, seen = terms[border], lab[border].astype(np.float64)
    guess = np.broadcast_to(np.median(seen, axis=0), seen.shape)
    fits = np.zeros((6, 3))
    for tolerance in _TOLERANCES:
        near = np.linalg.norm(seen - guess, axis=1) < tolerance
        if near.mean() < _PLAIN_BORDER:
            return None
        stiff = np.diag([0.0, *[_STIFFNESS * np.count_nonzero(near)] * 5])
        fits = np.linalg.solve(at[near].T @ at[near] + stiff, at[near].T @ seen[near])
        guess = at @ fits
    error = np.linalg.norm(seen - guess, axis=1)
    roughness = float(np.median(error[error < _TOLERANCES[-2]]))
    if roughness > _ROUGHEST:
        return None
    inliers = np.zeros((height, width), np.bool_)
    inliers[border] = error < max(_LEAST_TOLERANCE, 4 * roughness)
    sides = (inliers[:rim], inliers[-rim:], inliers[:, :rim], inliers[:, -rim:])
    plain_sides = sum(side.mean() >= _PLAIN_SIDE for side in sides)
    if plain_sides < 3 or inliers[border].mean() < _PLAIN_BORDER:
        return None
    return Backdrop((terms @ fits).astype(np.float32), roughness, inliers)


def _terms(height: int, width: int) -> npt.NDArray[np.float64]:
    """The six terms of a quadratic in x and y, each -1..1 across the picture; (H, W, 6)."""
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)
    terms = np.empty((height, width, 6))
    for place, term in enumerate((1.0, x, y, x * x, x * y, y * y)):
        terms[..., place] = term
    return terms
