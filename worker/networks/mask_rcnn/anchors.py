"""The boxes that the region proposal network starts from."""

import numpy as np
import numpy.typing as npt

from worker.networks.mask_rcnn.config import MaskRcnnConfig


def level_anchors(
    size_hw: tuple[int, int], stride: int, size: float, ratios: tuple[float, ...]
) -> npt.NDArray[np.float32]:
    """Anchors of one pyramid level: float32 (rows · columns · ratios, 4), in that order.

    A ratio is width / height at constant area ``size ** 2``; centres lie mid-cell.
    """
    centre_y = (np.arange(size_hw[0] // stride) + 0.5) * stride
    centre_x = (np.arange(size_hw[1] // stride) + 0.5) * stride
    root = np.sqrt(np.asarray(ratios))
    half_hw = np.stack([size / root, size * root], axis=-1) / 2.0
    grid = np.stack(np.meshgrid(centre_y, centre_x, indexing="ij"), axis=-1)[:, :, None, :]
    boxes = np.concatenate([grid - half_hw, grid + half_hw], axis=-1)
    return boxes.reshape(-1, 4).astype(np.float32)


def make_anchors(config: MaskRcnnConfig) -> npt.NDArray[np.float32]:
    """Anchors of all levels, float32 (N, 4), finest level first; not clipped to the canvas."""
    return np.concatenate(
        [
            level_anchors(config.size_hw, 2**level, size, config.anchor_ratios)
            for level, size in zip(config.rpn_levels, config.anchor_sizes, strict=True)
        ]
    )
