"""Which rows of a body a picture shows."""

import numpy as np
import pytest

from tests.support.figure import HEIGHT, figure
from worker.imaging.person.body import (
    ROWS,
    MeanBody,
    VisibleBody,
    find_body,
    row_figures,
    whole_body,
)

MEAN = MeanBody.load()


def test_without_a_person_there_is_no_body() -> None:
    empty = np.zeros((10, 10), np.uint8)
    assert find_body(empty, MEAN) is None
    assert whole_body(empty) is None


def test_who_is_not_cut_is_there_from_head_to_foot() -> None:
    _, labels = figure()
    body = find_body(labels, MEAN)
    assert body == whole_body(labels) == VisibleBody((20, 58, 500, 182), 0.0, 1.0)
    assert body.height == HEIGHT


def test_the_rows_of_a_person_say_what_they_show_and_how_wide_it_is() -> None:
    labels = np.array([[2, 2, 0, 0], [1, 1, 3, 3]], np.uint8).repeat(ROWS, axis=0)
    figures = row_figures(labels)
    assert figures.shape == (ROWS, 4)
    assert figures[0] == pytest.approx([1, 0, 0, 2 / len(labels)])
    assert figures[-1] == pytest.approx([0, 0.5, 0.5, 4 / len(labels)])


@pytest.mark.parametrize(
    ("first", "last"),
    [(0.0, 0.5), (0.0, 0.75), (0.12, 0.5), (0.12, 1.0), (0.4, 1.0), (0.75, 1.0)],
)
def test_the_part_that_a_cut_picture_shows_is_found(first: float, last: float) -> None:
    _, labels = figure()
    top = 20 + round(first * HEIGHT) if first else 0
    bottom = 20 + round(last * HEIGHT) if last < 1 else len(labels)
    body = find_body(np.ascontiguousarray(labels[top:bottom]), MEAN)
    assert body is not None
    assert body.first == pytest.approx(first, abs=0.13)
    assert body.last == pytest.approx(last, abs=0.13)
    assert body.height == pytest.approx(HEIGHT, rel=0.25)


def test_size_changes_nothing() -> None:
    _, labels = figure()
    cut = np.ascontiguousarray(labels[: 20 + HEIGHT // 2])
    large = np.repeat(np.repeat(cut, 3, axis=0), 3, axis=1)
    small_body, large_body = find_body(cut, MEAN), find_body(large, MEAN)
    assert small_body is not None
    assert large_body is not None
    assert (large_body.first, large_body.last) == (small_body.first, small_body.last)
