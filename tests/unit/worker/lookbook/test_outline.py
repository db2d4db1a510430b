"""Curves run through their points, limbs keep their width, shapes keep their area."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.lookbook.canvas import rasterise, rasterise_line
from worker.lookbook.outline import Tube, between, ellipse, point, rough, spline

coordinate = st.floats(-500, 500, allow_nan=False)


@given(st.lists(st.tuples(coordinate, coordinate), min_size=2, max_size=8))
def test_an_open_curve_passes_through_every_point(places: list[tuple[float, float]]) -> None:
    knots = np.array(places)
    curve = spline(knots, steps=6)
    assert len(curve) == 6 * (len(knots) - 1) + 1
    assert np.allclose(curve[::6], knots, atol=1e-6)


def test_a_closed_curve_comes_back_to_its_start() -> None:
    square = np.array([[0.0, 0], [10, 0], [10, 10], [0, 10]])
    curve = spline(square, closed=True, steps=8)
    assert curve.shape == (32, 2)
    assert np.allclose(curve[::8], square)
    assert np.linalg.norm(curve[-1] - curve[0]) < 3


@given(st.floats(0, 1), coordinate, coordinate)
def test_between_stays_on_the_segment(share: float, x: float, y: float) -> None:
    middle = between(point(0, 0), point(x, y), share)
    assert np.allclose(middle, [x * share, y * share])


def test_a_straight_limb_has_the_width_it_is_given() -> None:
    limb = Tube([point(50, 20), point(50, 120)], [10, 10])
    patch = rasterise(limb, (200, 100), margin=0)
    assert patch is not None
    row = patch.cover[70 - patch.top]
    assert row.sum() == pytest.approx(20, abs=0.5)


def test_a_blunt_limb_ends_straight() -> None:
    def area(limb: Tube) -> float:
        patch = rasterise(limb, (200, 100), margin=2)
        assert patch is not None
        return float(patch.cover.sum())

    ends = [point(50, 40), point(50, 140)]
    assert area(Tube(ends, [10, 10])) == pytest.approx(2000 + np.pi * 100, rel=0.02)
    assert area(Tube(ends, [10, 10]).blunt()) == pytest.approx(2000 + np.pi * 50, rel=0.02)


def test_coverage_is_smooth_and_exact() -> None:
    patch = rasterise(ellipse(point(40.3, 30.7), 20, 12, steps=90), (64, 80), margin=3)
    assert patch is not None
    assert patch.cover.sum() == pytest.approx(np.pi * 20 * 12, rel=0.02)
    assert ((patch.cover > 0) & (patch.cover < 1)).any()


def test_shapes_outside_the_picture_are_left_out() -> None:
    assert rasterise(ellipse(point(-90, 10), 5, 5), (64, 64), margin=2) is None
    assert rasterise_line(np.array([[300.0, 300], [320, 300]]), 2, (64, 64)) is None


def test_a_rough_edge_strays_by_the_amount_asked_for() -> None:
    rng = np.random.default_rng(0)
    circle = ellipse(point(0, 0), 50, 50, steps=400)
    assert np.std(rough(circle, rng, 2.0) - circle) == pytest.approx(2.0, rel=0.15)
    assert np.array_equal(rough(circle, rng, 0.0), circle)
