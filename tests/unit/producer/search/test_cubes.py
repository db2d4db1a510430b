"""Cubes of CIELAB: every colour of sRGB lies in one, and none is further from it than is said."""

import numpy as np
import pytest

from producer.search.cubes import REACHES, Reach, cube_of, cubes_of, cubes_within, lab_of_hex
from shared.colour.cielab import delta_e2000, rgb_to_lab


def test_every_colour_of_srgb_lies_in_a_cube_that_is_looked_at() -> None:
    steps = np.arange(256, dtype=np.uint8)
    face = np.stack(np.meshgrid(steps, steps), -1).reshape(-1, 2)
    faces = [np.insert(face, axis, end, axis=1) for axis in range(3) for end in (0, 255)]
    inside = np.random.default_rng(3).integers(0, 256, (200_000, 3), dtype=np.uint8)
    labs = rgb_to_lab(np.concatenate([*faces, inside]).astype(np.uint8))
    every = cubes_within(lab_of_hex("#808080"), Reach(300, 0, 0))
    assert np.isin(cubes_of(labs), every).all()


def test_a_hex_has_the_cube_of_its_colour() -> None:
    assert cube_of("#1B2444") == cube_of("#1b2444") == cubes_of(lab_of_hex("#1b2444")[None])[0]
    with pytest.raises(ValueError, match="no colour"):
        cube_of("navy")


@pytest.mark.parametrize("seed", range(12))
def test_every_colour_that_is_near_lies_in_a_cube_that_is_read(seed: int) -> None:
    """Around colours of all kinds: any, dark ones, greys, and blues, where CIEDE2000 is odd."""
    random = np.random.default_rng(seed)
    most = [(256, 256, 256), (60, 60, 70), (90, 90, 256)][seed % 3]
    wanted = random.integers(0, most, 3).astype(np.uint8)
    far = random.choice([3, 10, 40, 120], (200_000, 1))
    around = wanted + random.integers(-1, 2, (200_000, 3)) * random.integers(0, far + 1)
    labs = rgb_to_lab(np.clip(around, 0, 255).astype(np.uint8))
    lab = rgb_to_lab(wanted).astype(np.float64)
    exact, cubes = delta_e2000(lab, labs), cubes_of(labs)
    for reach in REACHES:
        is_near = exact <= reach.distance
        assert is_near.any()
        assert np.isin(cubes[is_near], cubes_within(lab, reach)).all()
