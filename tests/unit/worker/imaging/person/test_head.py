"""Nothing of a face is left where heads are to be hidden."""

import numpy as np
import pytest

from tests.support.figure import HEIGHT, MIDDLE, figure
from worker.imaging.canvas import GREY
from worker.imaging.person.body import MeanBody
from worker.imaging.person.head import find_head, hide_head
from worker.imaging.regions import BACKGROUND, CLOTHES, HAIR, SKIN, LabelMap, Pixels

MEAN = MeanBody.load()
FACE = np.s_[20 : 20 + round(0.15 * HEIGHT), MIDDLE - 10 : MIDDLE + 10]


def portrait(seed: int = 0) -> tuple[Pixels, LabelMap]:
    """A figure with as much detail in every pixel as a picture can hold."""
    pixels, labels = figure()
    noise = np.random.default_rng(seed).integers(0, 256, pixels.shape, np.uint8)
    return noise, labels


def test_the_head_is_hair_and_face_without_the_chest_or_the_hands() -> None:
    _, labels = figure()
    head = find_head(labels, MEAN)
    assert head is not None
    rows, columns = np.nonzero(head.mask)
    assert head.mask[FACE].all()
    assert rows.max() < 20 + 0.2 * HEIGHT
    assert abs(columns - MIDDLE).max() < 0.08 * HEIGHT
    assert head.body_height == HEIGHT


def test_what_the_face_encloses_belongs_to_it_whatever_it_was_taken_for() -> None:
    _, labels = figure()
    eyes = np.s_[20 + round(0.07 * HEIGHT) : 20 + round(0.09 * HEIGHT), MIDDLE - 16 : MIDDLE + 16]
    labels[eyes] = CLOTHES
    labels[eyes[0], MIDDLE - 3 : MIDDLE + 3] = BACKGROUND
    head = find_head(labels, MEAN)
    assert head is not None
    assert head.mask[eyes].all()


def test_raised_hands_do_not_leave_the_face_out() -> None:
    _, labels = figure()
    raised = np.zeros_like(labels, shape=(labels.shape[0] + 80, labels.shape[1]))
    raised[80:] = labels
    raised[10:100, MIDDLE + 40 : MIDDLE + 55] = SKIN
    head = find_head(raised, MEAN)
    assert head is not None
    assert head.mask[FACE[0].start + 80 : FACE[0].stop + 80, FACE[1]].all()


def test_a_head_without_hair_is_found() -> None:
    _, labels = figure()
    labels[labels == HAIR] = SKIN
    head = find_head(labels, MEAN)
    assert head is not None
    assert head.mask[FACE].all()


def test_where_no_head_is_nothing_is_hidden() -> None:
    pixels, labels = figure()
    legs = slice(20 + round(0.5 * HEIGHT), None)
    below = np.ascontiguousarray(labels[legs])
    assert find_head(below, MEAN) is None
    assert find_head(np.zeros_like(labels), MEAN) is None
    hidden, regions = hide_head(pixels[legs], below, "cut", MEAN)
    assert hidden is not None
    assert (hidden == pixels[legs]).all()
    assert (regions == below).all()


def test_keep_changes_nothing() -> None:
    pixels, labels = portrait()
    hidden, regions = hide_head(pixels, labels, "keep", MEAN)
    assert (hidden == pixels).all()
    assert (regions == labels).all()


@pytest.mark.parametrize("heads", ["blur", "cut"])
def test_elsewhere_and_in_the_input_every_pixel_stays(heads: str) -> None:
    pixels, labels = portrait()
    before = pixels.copy(), labels.copy()
    hidden, _ = hide_head(pixels, labels, heads, MEAN)  # type: ignore[arg-type]
    head = find_head(labels, MEAN)
    assert head is not None
    assert (hidden[~head.mask] == pixels[~head.mask]).all()
    assert (pixels == before[0]).all()
    assert (labels == before[1]).all()


def test_cut_leaves_grey_and_background() -> None:
    pixels, labels = portrait()
    hidden, regions = hide_head(pixels, labels, "cut", MEAN)
    head = find_head(labels, MEAN)
    assert head is not None
    assert (hidden[head.mask] == GREY).all()
    assert (regions[head.mask] == BACKGROUND).all()
    assert (regions[~head.mask] == labels[~head.mask]).all()


def test_a_blurred_head_has_no_detail_left() -> None:
    pixels, labels = portrait()
    hidden, regions = hide_head(pixels, labels, "blur", MEAN)
    assert (regions == labels).all()
    steps = np.abs(np.diff(hidden[FACE].astype(int), axis=0)).max()
    assert np.abs(np.diff(pixels[FACE].astype(int), axis=0)).max() > 200
    assert steps <= 6


def test_a_blurred_head_tells_no_more_than_the_means_of_its_cells() -> None:
    """Another face with the same means gives the same picture: the first cannot be had back."""
    pixels, labels = figure()
    head = find_head(labels, MEAN)
    assert head is not None
    rows, columns = np.nonzero(head.mask)
    height, width = rows.max() + 1 - rows.min(), columns.max() + 1 - columns.min()
    side = 0.04 * HEIGHT
    cells = max(1, round(height / side)), max(1, round(width / side))
    assert cells[0] * cells[1] <= 24
    # Swap detail for its negative inside every cell: a wave with whole periods in each.
    y = (np.arange(height) * cells[0] / height % 1 * 2 * np.pi)[:, None]
    wave = np.rint(60 * np.sin(4 * y)).astype(int) * np.ones((1, width), int)
    window = np.s_[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    one, two = pixels.astype(int), pixels.astype(int)
    one[window] = 128 + wave[..., None]
    two[window] = 128 - wave[..., None]
    hidden = [hide_head(each.astype(np.uint8), labels, "blur", MEAN)[0] for each in (one, two)]
    inside = np.zeros_like(head.mask)
    inside[FACE] = True
    assert np.abs(one[inside] - two[inside]).max() > 100
    off = np.abs(hidden[0][inside].astype(int) - hidden[1][inside].astype(int))
    assert off.max() <= 3
