"""The lean generator: shapes, size, and two paintings that agree."""

import numpy as np
import pytest

from worker.imaging.labels.merges import PARTS, merge_into
from worker.imaging.palette import PALETTE, nearest
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


def test_both_paintings_say_the_same() -> None:
    painter = compile_lean_painter(build_lean_generator(TINY), PALETTE)
    canvases = np.random.default_rng(3).integers(0, 256, (2, 64, 32, 3)).astype(np.uint8)
    painted = painter(canvases)
    regions, parts = painted["regions"], painted["parts"].astype(np.float64)
    assert regions.shape == (2, 32, 16, 3)
    assert np.abs(parts.sum(axis=-1) - 255).max() <= len(PARTS) / 2
    poured = parts / 255 @ np.asarray(PALETTE, np.float64)[merge_into(len(PARTS)).regions]
    assert np.abs(poured - regions).max() <= len(PARTS)


def test_a_canvas_of_another_size_is_refused() -> None:
    painter = compile_lean_painter(build_lean_generator(TINY), PALETTE)
    with pytest.raises(ValueError, match=r"expected uint8 \(B, 64, 32, 3\)"):
        painter(np.zeros((1, 32, 32, 3), np.uint8))


def test_sure_parts_are_painted_in_their_region_s_colour() -> None:
    regions = merge_into(len(PARTS)).regions
    colours = np.asarray(PALETTE, np.uint8)[regions]
    assert nearest(colours[None]).tolist() == [regions.tolist()]
