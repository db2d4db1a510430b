"""Light, camera and backdrops keep to what they promise."""

import numpy as np
import pytest

from worker.lookbook import backdrop, light
from worker.lookbook.cloth import ramp
from worker.lookbook.outline import point
from worker.lookbook.tiles import TILE, tile


def test_light_comes_from_above() -> None:
    for seed in range(20):
        x, y = light.direction(np.random.default_rng(seed))
        assert y < 0
        assert np.hypot(x, y) == pytest.approx(1.0)


def test_even_light_leaves_colours_alone() -> None:
    flat = np.full((96, 96, 3), (180, 90, 40), dtype=np.uint8)
    shown = light.expose(flat, np.random.default_rng(1), strength=0.0)
    assert np.abs(np.median(shown, axis=(0, 1)) - [180, 90, 40]).max() <= 2


def test_a_contact_shadow_darkens_the_ground_and_fades_out() -> None:
    ground = np.full((60, 120, 3), 200, dtype=np.uint8)
    light.contact_shadow(ground, point(60, 30), rx=15, ry=6, strength=0.5)
    assert ground[30, 60, 0] == pytest.approx(100, abs=2)
    assert ground[30, 60, 0] < ground[30, 75, 0] < ground[30, 95, 0]
    assert ground[0, 0, 0] == 200


@pytest.mark.parametrize("paper", backdrop.PAPERS)
def test_a_studio_backdrop_has_no_edges(paper: backdrop.Paper) -> None:
    made = backdrop.studio(np.random.default_rng(3), (240, 160), paper).astype(int)
    assert made.shape == (240, 160, 3)
    assert np.abs(np.diff(made, axis=0)).max() <= 6
    assert np.abs(np.diff(made, axis=1)).max() <= 6
    if paper == "white":
        assert made.min() >= 243


def test_a_ramp_runs_from_shadow_over_the_nominal_colour_to_light() -> None:
    steps = ramp((120, 60, 200))[:, 0].astype(int)
    assert steps.shape == (256, 3)
    assert tuple(steps[128]) == (120, 60, 200)
    assert (np.diff(steps, axis=0) >= 0).all()


@pytest.mark.parametrize("name", ["drape", "crumple", "pulls", "knit", "rib", "denim", "tweed"])
def test_a_tile_repeats_without_a_seam(name: str) -> None:
    relief = tile(name)
    assert relief.shape == (TILE, TILE)
    assert relief.std() == pytest.approx(1.0, rel=1e-3)
    inner = np.abs(np.diff(relief, axis=1)).mean()
    seam = np.abs(relief[:, 0] - relief[:, -1]).mean()
    assert seam < 3 * inner + 0.05
