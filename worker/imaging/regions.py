"""The region labels that a segmented picture carries.

A *label map* is ``uint8`` of shape (H, W); its values index the palette, so their order is fixed
and is part of the palette's version.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from shared.contracts.results import Region

LabelMap = npt.NDArray[np.uint8]
Pixels = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]

BACKGROUND: Final = 0
SKIN: Final = 1
HAIR: Final = 2
CLOTHES: Final = 3

LABEL_NAMES: Final = ("background", "skin", "hair", "clothes")
LABEL_OF_REGION: Final = {Region.SKIN: SKIN, Region.HAIR: HAIR, Region.CLOTHES: CLOTHES}
