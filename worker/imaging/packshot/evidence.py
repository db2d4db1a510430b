"""What each look at a picture asks for: what is unlike the backdrop, and where edges are."""

from dataclasses import dataclass
from typing import Final, cast

import cv2
import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Lab
from worker.imaging.packshot.backdrop import Backdrop
from worker.imaging.packshot.length import length
from worker.imaging.regions import Mask

Plane = npt.NDArray[np.float32]

# How much darker than the backdrop, in L, a soft shadow may be.
_DEEPEST_SHADOW: Final = 30.0
# How far a shadow's tint may leave the backdrop's, in Delta E: this, and more for each L that it
# is darker. Shade is lit by the room, and on an overexposed backdrop it shows a tint at once.
_LEAST_TINT: Final = 5.0
_SHADOW_TINT: Final = 0.25


@dataclass(frozen=True)
class Evidence:
    """What every look at a picture asks for, computed once.

    ``apart`` is each pixel's distance from the backdrop, ``shade`` whether it may be the backdrop
    or its shadow, ``slope`` how fast the colour changes there, and ``usual_slope`` how fast it
    does on the backdrop.
    """

    lab: Lab
    backdrop: Backdrop
    apart: Plane
    shade: Mask
    slope: Plane
    usual_slope: float

    def edge_from(self, least_edge: float) -> float:
        """Return the slope from which there is an edge; rough backdrops need more."""
        return max(least_edge, 2 * self.usual_slope)


def weigh(lab: Lab, backdrop: Backdrop) -> Evidence:
    """Compare each pixel of a picture, Lab float32 (H, W, 3), with its backdrop and neighbours."""
    slope = _slope(lab)
    return Evidence(
        lab,
        backdrop,
        length(lab - backdrop.surface),
        _may_be_shade(lab, backdrop),
        slope,
        float(np.percentile(slope[backdrop.inliers], 95)),
    )


def _may_be_shade(lab: Lab, backdrop: Backdrop) -> Mask:
    """Pixels that may be the backdrop itself, or the backdrop in a soft shadow."""
    tolerance = backdrop.tolerance
    surface = backdrop.surface
    darker = surface[..., 0] - lab[..., 0]
    # A shadow scales (L + 16, a, b) by one factor; what light is left in it has a tint of its own.
    dimmed = (lab[..., :1] + 16) / (surface[..., :1] + 16) * surface[..., 1:]
    tint = length(cast("Lab", lab[..., 1:] - dimmed))
    allowed = max(_LEAST_TINT, tolerance) + _SHADOW_TINT * np.maximum(darker, 0)
    return (darker > -tolerance) & (darker < _DEEPEST_SHADOW) & (tint < allowed)


def _slope(lab: Lab) -> Plane:
    """How fast the colour changes, in Delta E a pixel, float32 (H, W)."""
    x = cv2.Scharr(lab, cv2.CV_32F, 1, 0) / 32
    y = cv2.Scharr(lab, cv2.CV_32F, 0, 1) / 32
    steep = x * x + y * y
    return cast("Plane", np.sqrt(steep[..., 0] + steep[..., 1] + steep[..., 2]))
