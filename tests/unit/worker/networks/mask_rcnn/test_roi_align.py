"""ROI align against a plain loop, and by properties."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from worker.networks.mask_rcnn import fast
from worker.networks.mask_rcnn.roi_align import (
    CORNERS,
    FOUR,
    ONE,
    Sampling,
    level_of,
    pool_each,
    portable_roi_align,
    pyramid_roi_align,
    roi_align,
)


def bilinear(plane: np.ndarray, y: float, x: float) -> float:
    height, width = plane.shape
    if not (0 <= y <= height - 1 and 0 <= x <= width - 1):
        return 0.0
    top, left = int(min(y, height - 2)), int(min(x, width - 2))
    dy, dx = y - top, x - left
    rows = plane[top : top + 2, left : left + 2]
    return float(np.array([1 - dy, dy]) @ rows @ np.array([1 - dx, dx]))


def plain_roi_align(
    plane: np.ndarray, box: np.ndarray, pool: tuple[int, int], places: tuple[float, ...]
) -> np.ndarray:
    y1, x1, y2, x2 = box * np.tile(plane.shape, 2)
    output = np.zeros(pool)
    for row in range(pool[0]):
        for column in range(pool[1]):
            samples = [
                bilinear(
                    plane,
                    y1 + (y2 - y1) * (row + dy) / pool[0] - 0.5,
                    x1 + (x2 - x1) * (column + dx) / pool[1] - 0.5,
                )
                for dy in places
                for dx in places
            ]
            output[row, column] = np.mean(samples)
    return output


@pytest.mark.parametrize("align", [roi_align, portable_roi_align])
@pytest.mark.parametrize("places", [(0.25, 0.75), (0.5,)])
@pytest.mark.parametrize("seed", range(4))
def test_same_as_a_plain_loop(
    seed: int, places: tuple[float, ...], align: Callable[..., Any]
) -> None:
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(1, 6, 5, 2)).astype(np.float32)
    boxes = rng.uniform(-0.3, 1.2, (1, 3, 4)).astype(np.float32)
    boxes[..., 2:] = boxes[..., :2] + rng.uniform(0.2, 1.2, (1, 3, 2))
    pooled = np.asarray(align(features, boxes, (3, 2), Sampling(len(places))))
    assert pooled.shape == (1, 3, 3, 2, 2)
    for index in range(3):
        for channel in range(2):
            plain = plain_roi_align(features[0, :, :, channel], boxes[0, index], (3, 2), places)
            assert np.allclose(pooled[0, index, :, :, channel], plain, atol=1e-4)


def test_a_gradient_is_sampled_at_bin_centres() -> None:
    ramp = np.arange(16, dtype=np.float32)[None, :, None, None] * np.ones((1, 1, 16, 1), "f4")
    pooled = np.asarray(roi_align(ramp, np.array([[[0.25, 0.25, 0.75, 0.75]]], "f4"), (4, 4)))
    # Rows 4..12 of the map in four bins: centres 5, 7, 9, 11, minus the half cell.
    assert np.allclose(pooled[0, 0, :, 0, 0], [4.5, 6.5, 8.5, 10.5])


@pytest.mark.parametrize("sampling", [FOUR, CORNERS])
def test_every_box_is_pooled_from_the_level_of_its_size(sampling: Sampling) -> None:
    levels = {
        number: np.full((1, 64 >> number, 64 >> number, 1), float(number), np.float32)
        for number in (2, 3, 4)
    }
    boxes = np.array([[[0, 0, 64, 64], [16, 16, 48, 48], [20, 20, 30, 30]]], np.float32) / 64
    pooled = np.asarray(pyramid_roi_align(levels, boxes, 1.0, 3, sampling))
    assert pooled.shape == (1, 3, 3, 3, 1)
    assert pooled[0, :, 1, 1, 0].tolist() == [4.0, 3.0, 2.0]


def test_corner_aligned_samples_go_from_corner_to_corner() -> None:
    ramp = np.arange(16, dtype=np.float32)[None, :, None, None] * np.ones((1, 1, 16, 1), "f4")
    box = np.array([[[3 / 15, 0, 9 / 15, 1]]], np.float32)
    pooled = np.asarray(roi_align(ramp, box, (4, 2), CORNERS))
    assert np.allclose(pooled[0, 0, :, 0, 0], [3, 5, 7, 9])
    beyond = np.array([[[-1, 0, 2, 1]]], np.float32)
    pooled = np.asarray(roi_align(ramp, beyond, (4, 2), CORNERS))
    assert np.allclose(pooled[0, 0, :, 0, 0], [0, 0, 15, 0])


@pytest.mark.skipif(not fast.available(), reason="another Keras backend than TensorFlow runs")
@pytest.mark.parametrize("sampling", [FOUR, ONE, CORNERS])
@pytest.mark.parametrize("seed", range(3))
def test_the_fast_form_equals_the_portable_one(seed: int, sampling: Sampling) -> None:
    rng = np.random.default_rng(seed)
    levels = {
        number: rng.normal(size=(2, 64 >> number, 64 >> number, 3)).astype(np.float32)
        for number in (2, 3, 4)
    }
    corner = rng.uniform(-0.1, 0.8, (2, 20, 2))
    size = rng.uniform(0.02, 0.6, (2, 20, 2))
    boxes = np.concatenate([corner, corner + size], -1).astype(np.float32)
    wanted = level_of(boxes, (2, 3, 4), 0.5)
    quick = np.asarray(pyramid_roi_align(levels, boxes, 0.5, 7, sampling))
    portable = np.asarray(pool_each(levels, boxes, wanted, 7, sampling))
    assert quick.shape == (2, 20, 7, 7, 3)
    assert set(np.unique(np.asarray(wanted))) == {2.0, 3.0, 4.0}
    assert np.allclose(quick, portable, atol=1e-4)
