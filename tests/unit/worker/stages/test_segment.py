"""Stages ``grey_fill`` and ``segment``: exact pixels."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from shared.contracts.results import Region
from worker.imaging.canvas import GREY
from worker.imaging.islands import ISLAND, absorb_islands
from worker.imaging.palette import UNDECIDED, margin, nearest, paint_labels, threshold
from worker.imaging.regions import BACKGROUND, Mask, Pixels
from worker.networks.compiled import Compiled
from worker.stages.grey_fill import MARGIN, grey_fill, widen
from worker.stages.segment import (
    mean_confidence,
    read_painting,
    segment,
    segment_packshot,
)

LABELS = np.repeat(np.arange(4, dtype=np.uint8), 16)[None].repeat(32, axis=0)
EVERYWHERE = np.ones(LABELS.shape, bool)


def test_grey_fill_leaves_the_visible_and_its_input() -> None:
    pixels = np.full((2, 2, 3), 9, np.uint8)
    filled = grey_fill(pixels, np.array([[True, False], [False, True]]))
    assert filled[..., 0].tolist() == [[9, GREY], [GREY, 9]]
    assert (pixels == 9).all()


def test_widening_grows_by_the_margin_on_every_side() -> None:
    mask = np.zeros((500, 300), bool)
    mask[200:300, 100:200] = True
    radius = round(500 * MARGIN)
    grown = widen(mask)
    assert np.flatnonzero(grown.any(axis=1))[[0, -1]].tolist() == [200 - radius, 299 + radius]
    assert np.flatnonzero(grown.any(axis=0))[[0, -1]].tolist() == [100 - radius, 199 + radius]


@given(
    arrays.arrays(np.bool_, arrays.array_shapes(min_dims=2, max_dims=2, max_side=20)),
    st.integers(1, 10),
)
def test_widening_is_the_same_wherever_the_mask_lies(mask: Mask, radius: int) -> None:
    frame = 12
    wide = widen(mask, radius / mask.shape[0])
    framed = np.pad(mask, frame)
    wide_in_frame = widen(framed, radius / framed.shape[0])
    assert not (mask & ~wide).any()
    np.testing.assert_array_equal(wide_in_frame[frame:-frame, frame:-frame], wide)


def test_a_clean_painting_is_read_exactly() -> None:
    segments = read_painting(paint_labels(LABELS), EVERYWHERE)
    assert np.array_equal(segments.labels, LABELS)
    assert segments.palette_agreement == 1.0
    assert segments.confidence.min() == 1.0


def test_what_is_hidden_is_background_whatever_is_painted() -> None:
    visible = EVERYWHERE.copy()
    visible[:16] = False
    segments = read_painting(paint_labels(LABELS), visible)
    assert (segments.labels[:16] == 0).all()
    assert np.array_equal(segments.labels[16:], LABELS[16:])


def test_a_pixel_in_no_range_goes_to_the_nearest_and_counts_against_confidence() -> None:
    painting = paint_labels(LABELS)
    painting[0, 63] = (150, 150, 200)
    segments = read_painting(painting, EVERYWHERE)
    assert segments.labels[0, 63] == 3
    assert segments.confidence[0, 63] == 0.0
    assert segments.palette_agreement == 1 - 1 / LABELS.size


SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=8)


@st.composite
def paintings(draw: st.DrawFn) -> tuple[Pixels, Mask]:
    """Any colours, and a mask of any form."""
    shape = draw(SHAPES)
    return draw(arrays.arrays(np.uint8, (*shape, 3))), draw(arrays.arrays(np.bool_, shape))


@given(case=paintings())
def test_a_painting_is_read_as_it_would_be_pixel_by_pixel(case: tuple[Pixels, Mask]) -> None:
    painting, visible = case
    ranged, closest = threshold(painting), nearest(painting)
    painted = np.where(ranged == UNDECIDED, closest, ranged)
    painted[~visible] = BACKGROUND
    labels = absorb_islands(painted, visible, ISLAND * visible.size)
    sure = np.where((ranged == closest) & (painted == labels), margin(painting), 0)
    segments = read_painting(painting, visible)
    assert np.array_equal(segments.labels, labels)
    assert np.array_equal(segments.confidence, np.where(visible, sure, 1).astype(np.float32))
    agreement = (ranged == closest)[visible].mean() if visible.any() else 1.0
    assert segments.palette_agreement == pytest.approx(agreement)
    assert np.array_equal(segments.paint, painting)


@pytest.mark.parametrize(
    ("paint", "share", "region"),
    [
        ((0, 0, 255), 255, 3),
        ((0, 0, 255), 1, 3),
        ((0, 0, 255), 0, 0),  # half and half: nobody
        ((0, 0, 200), 55, 0),
        ((0, 0, 200), 56, 3),
        ((60, 20, 0), 180, 1),  # painted as background, mostly; else as skin
        ((20, 60, 0), 180, 2),
        ((60, 20, 0), 175, 0),
        ((0, 0, 0), 255, 0),
    ],
)
def test_both_networks_say_where_somebody_is(
    paint: tuple[int, int, int], share: int, region: int
) -> None:
    painting = np.full((40, 40, 3), paint, np.uint8)
    shares = np.full((40, 40), share, np.uint8)
    segments = read_painting(painting, np.ones((40, 40), bool), shares)
    assert (segments.labels == region).all()
    alone = read_painting(painting, np.ones((40, 40), bool))
    assert (segments.confidence == 0).all() == (alone.labels[0, 0] != region)


def test_what_is_hidden_stays_background_however_sure_the_person_network_is() -> None:
    hidden = np.zeros(LABELS.shape, bool)
    segments = read_painting(paint_labels(LABELS), hidden, np.full(LABELS.shape, 255, np.uint8))
    assert (segments.labels == BACKGROUND).all()


def test_an_island_is_absorbed_and_has_no_confidence() -> None:
    labels = np.full((200, 200), 3, np.uint8)
    labels[50, 50:53] = 1
    labels[100:110, 100:110] = 0
    segments = read_painting(paint_labels(labels), np.ones(labels.shape, bool))
    assert segments.labels[50, 50:53].tolist() == [3, 3, 3]
    assert (segments.labels[100:110, 100:110] == 0).all()
    unsure = np.argwhere(segments.confidence < 1).tolist()
    assert unsure == [[50, 50], [50, 51], [50, 52]]
    assert segments.palette_agreement == 1.0
    assert segments.region_confidence() == {Region.CLOTHES: pytest.approx(1 - 3 / 39_900)}


def test_a_region_is_as_sure_as_its_pixels_are_on_average() -> None:
    painting = paint_labels(LABELS)
    painting[:16, 16:32] = (204, 0, 0)  # skin: 1 - 2 * 51 / 255
    painting[:, 32:48] = (51, 255, 0)  # hair: 1 - 51 / 255
    sure = read_painting(painting, EVERYWHERE).region_confidence()
    assert sure == {
        Region.CLOTHES: 1.0,
        Region.SKIN: pytest.approx(0.8),
        Region.HAIR: pytest.approx(0.8),
    }


def test_a_region_that_is_not_there_has_no_confidence() -> None:
    nothing = read_painting(paint_labels(LABELS), ~EVERYWHERE)
    assert nothing.region_confidence() == {}
    assert (nothing.labels == BACKGROUND).all()
    assert nothing.palette_agreement == 1.0


def test_the_whole_is_as_sure_as_the_pixels_of_the_subject() -> None:
    confidence = np.array([[1.0, 0.5], [0.25, 0.0]], np.float32)
    assert mean_confidence(confidence, np.array([[True, False], [True, False]])) == 0.625
    assert mean_confidence(confidence, np.zeros((2, 2), bool)) == 0.0


def test_the_network_sees_its_canvas_and_the_photo_gets_its_own_size() -> None:
    def unchanged(canvases: Any) -> Any:
        return {"painting": canvases, "parts": canvases[:, ::2, ::2]}

    network: Compiled[Any] = Compiled(unchanged, (64, 64))
    segments = segment(paint_labels(LABELS), EVERYWHERE, network)
    assert segments.labels.shape == LABELS.shape
    assert (segments.labels == LABELS).mean() > 0.95
    assert segments.parts is not None
    assert segments.parts.shares.shape == (32, 32, 3)
    assert segments.parts.at_photo(segments.parts.of("skin")).shape == LABELS.shape


def test_all_of_a_packshot_is_clothes() -> None:
    segments = segment_packshot(np.array([[True, False]]))
    assert segments.labels.tolist() == [[3, 0]]
    assert segments.paint.tolist() == [[[0, 0, 255], [0, 0, 0]]]
    assert segments.region_confidence() == {Region.CLOTHES: 1.0}
