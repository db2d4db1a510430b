"""The rule that picks the catalogue's subject among the people found."""

import numpy as np
import pytest

from worker.networks.mask_rcnn.subject import CUT_OFF, rank

PHOTO = np.array([[0.0, 0.1, 1.0, 0.9]], np.float32)  # a photo with padding left and right

Person = tuple[float, list[float]]


def best(*people: Person) -> int:
    scores = np.array([[score for score, _ in people]], np.float32)
    boxes = np.array([[box for _, box in people]], np.float32)
    return int(np.argmax(np.asarray(rank(scores, boxes, PHOTO))))


@pytest.mark.parametrize(
    "people",
    [
        pytest.param(((0.9, [0.1, 0.4, 0.3, 0.6]), (0.9, [0.05, 0.3, 0.95, 0.7])), id="larger"),
        pytest.param(((0.9, [0.1, 0.2, 0.9, 0.4]), (0.9, [0.1, 0.4, 0.9, 0.6])), id="central"),
        pytest.param(((0.6, [0.1, 0.4, 0.9, 0.6]), (0.9, [0.1, 0.4, 0.9, 0.6])), id="surer"),
        pytest.param(((0.9, [0.0, 0.1, 1.0, 0.5]), (0.9, [0.1, 0.48, 0.98, 0.86])), id="whole"),
        pytest.param(((0.0, [0.0, 0.1, 1.0, 0.9]), (0.5, [0.4, 0.2, 0.5, 0.3])), id="somebody"),
    ],
)
def test_the_second_of_two_is_the_subject(people: tuple[Person, Person]) -> None:
    assert best(*people) == 1
    assert best(*reversed(people)) == 0


def test_rank_is_its_formula() -> None:
    boxes = np.array([[[0.0, 0.1, 1.0, 0.5]]], np.float32)
    # Half the photo, centred a quarter of its width beside the middle, cut off on the left.
    expected = 0.8 * np.sqrt(0.5) * 0.75 * CUT_OFF
    found = float(np.asarray(rank(np.array([[0.8]], np.float32), boxes, PHOTO))[0, 0])
    assert found == pytest.approx(expected, rel=1e-5)


def test_crops_at_top_and_bottom_do_not_count() -> None:
    scores = np.array([[0.9, 0.9]], np.float32)
    boxes = np.array([[[0.0, 0.3, 1.0, 0.7], [0.0, 0.3, 1.0, 0.7]]], np.float32)
    boxes[0, 1, :] += [0.02, 0, 0.02, 0]
    found = np.asarray(rank(scores, boxes, PHOTO))[0]
    assert found[0] == pytest.approx(found[1], rel=1e-5)
