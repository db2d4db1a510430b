"""The lean generator: shapes, size, and two paintings that agree."""

import numpy as np
import pytest

from worker.imaging.labels.merges import PARTS
from worker.networks.efficientnet import LITE0
from worker.networks.pix2pix.lean import (
    LeanConfig,
    build_lean_generator,
    compile_lean_painter,
)

TINY = LeanConfig((64, 32), (4, 8, 8, 8), LITE0)


def test_the_lean_generator_paints_at_half_of_its_canvas() -> None:
    network = build_lean_generator(TINY)
    mixture = network(np.zeros((2, 64, 32, 3), np.float32))
    assert tuple(mixture.shape) == (2, 32, 16, len(PARTS))


def test_the_bundled_lean_generator_fits_15_megabytes_in_half_precision() -> None:
    assert build_lean_generator(LeanConfig()).count_params() * 2 <= 15_000_000


def test_the_parts_share_each_pixel() -> None:
    painter = compile_lean_painter(build_lean_generator(TINY))
    canvases = np.random.default_rng(3).integers(0, 256, (2, 64, 32, 3)).astype(np.uint8)
    parts = painter(canvases)
    assert (parts.shape, parts.dtype) == ((2, 32, 16, len(PARTS)), np.uint8)
    assert np.abs(parts.sum(axis=-1, dtype=np.int64) - 255).max() <= len(PARTS) / 2


def test_a_canvas_of_another_size_is_refused() -> None:
    painter = compile_lean_painter(build_lean_generator(TINY))
    with pytest.raises(ValueError, match=r"expected uint8 \(B, 64, 32, 3\)"):
        painter(np.zeros((1, 32, 32, 3), np.uint8))
