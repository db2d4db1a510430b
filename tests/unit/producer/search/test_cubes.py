"""Cubes of CIELAB: every colour of sRGB lies in one, and none is further from it than is said."""

import numpy as np
import pytest

from producer.search.cubes import (
    REACHES,
    cube_distances,
    cube_of,
    cubes_of,
    every_cube,
    lab_of_hex,
)
from shared.colour.cielab import delta_e2000, rgb_to_lab


def test_every_colour_of_srgb_lies_in_a_cube_that_is_looked_at() -> None:
    steps = np.arange(256, dtype=np.uint8)
    face = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    faces = [np.insert(face, axis, end, axis=1) for axis in range(3) for end in (0, 255)]
    inside = np.random.default_rng(3).integers(0, 256, (200_000, 3), dtype=np.uint8)
    labs = rgb_to_lab(np.concatenate([*faces, inside]).astype(np.uint8))
    assert np.isin(cubes_of(labs), every_cube()).all()


def test_a_hex_has_the_cube_of_its_colour() -> None:
    assert cube_of("#1B2444") == cube_of("#1b2444") == cubes_of(lab_of_hex("#1b2444")[None])[0]
    with pytest.raises(ValueError, match="no colour"):
        cube_of("navy")


@pytest.mark.parametrize("seed", range(6))
def test_the_middle_of_a_cube_is_as_near_as_its_reach_says(seed: int) -> None:
    random = np.random.default_rng(seed)
    wanted = rgb_to_lab(random.integers(0, 256, (1, 3), dtype=np.uint8))[0].astype(np.float64)
    labs = rgb_to_lab(random.integers(0, 256, (100_000, 3), dtype=np.uint8))
    exact = delta_e2000(wanted, labs)
    by_cube = dict(zip(every_cube().tolist(), cube_distances(wanted).tolist(), strict=True))
    middle = np.array([by_cube[cube] for cube in cubes_of(labs).tolist()])
    for distance, reach in REACHES:
        near = exact <= distance
        assert (middle[near] <= distance + reach).all()
