"""OKLab: a colour space in which a colour keeps its hue as it gets lighter or less colourful.

In CIELAB a pure blue turns purple on its way to grey. Source: Björn Ottosson, "A perceptual color
space for image processing" (2020); CSS Color 4 has it as ``oklab()`` and ``oklch()``.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from shared.colour.cielab import Floats, lab_to_xyz, xyz_to_lab

_TO_CONES: Final = np.array(
    [
        [0.8189330101, 0.3618667424, -0.1288597137],
        [0.0329845436, 0.9293118715, 0.0361456387],
        [0.0482003018, 0.2643662691, 0.6338517070],
    ]
)
_TO_OKLAB: Final = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)
_FROM_OKLAB: Final = np.linalg.inv(_TO_OKLAB)
_FROM_CONES: Final = np.linalg.inv(_TO_CONES)


def lab_to_oklab(lab: npt.ArrayLike) -> Floats:
    """Turn CIELAB (D65), (..., 3), into OKLab: L 0..1, a and b about -0.4..0.4."""
    return np.cbrt(lab_to_xyz(lab) @ _TO_CONES.T) @ _TO_OKLAB.T


def oklab_to_lab(oklab: npt.ArrayLike) -> Floats:
    """Turn OKLab, (..., 3), into CIELAB (D65)."""
    return xyz_to_lab((np.asarray(oklab, np.float64) @ _FROM_OKLAB.T) ** 3 @ _FROM_CONES.T)
