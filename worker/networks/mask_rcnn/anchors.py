"""The boxes that the region proposal network starts from."""

import numpy as np
import numpy.typing as npt

from worker.networks.mask_rcnn.boxes import normalise
from worker.networks.mask_rcnn.config import MaskRcnnConfig

Boxes = npt.NDArray[np.float32]


def level_anchors(
    size_hw: tuple[int, int], stride: int, size: float, ratios: tuple[float, ...], centre: float
) -> npt.NDArray[np.float64]:
    """Anchors of one level in pixels: (rows · columns · ratios, 4), in that order.

    Args:
        size_hw: the canvas.
        stride: pixels a cell.
        size: root of an anchor's area in pixels.
        ratios: width / height; 0.5 is tall.
        centre: where in its cell an anchor is centred, 0 (top left corner) to 1.
    """
    centre_y = (np.arange(-(-size_hw[0] // stride)) + centre) * stride
    centre_x = (np.arange(-(-size_hw[1] // stride)) + centre) * stride
    root = np.sqrt(np.asarray(ratios))
    half_hw = np.stack([size / root, size * root], axis=-1) / 2.0
    grid = np.stack(np.meshgrid(centre_y, centre_x, indexing="ij"), axis=-1)[:, :, None, :]
    return np.concatenate([grid - half_hw, grid + half_hw], axis=-1).reshape(-1, 4)


def make_anchors(config: MaskRcnnConfig) -> Boxes:
    """Normalised anchors of all levels, float32 (A, 4), finest level first; not clipped."""
    centre = 0.0 if config.corner_aligned else 0.5
    levels = [
        level_anchors(config.size_hw, 2**level, size, config.anchor_ratios, centre)
        for level, size in zip(config.rpn_levels, config.anchor_sizes, strict=True)
    ]
    pixels = np.concatenate(levels).astype(np.float32)
    return normalise(pixels, config.size_hw, config.corner_aligned)
