"""What the generator is shown: labels fit the picture, and what is hidden is background."""

from pathlib import Path

import numpy as np
import pytest

from worker.imaging.regions import BACKGROUND, Mask, Pixels
from worker.networks.mask_rcnn.finder import Found
from worker.training.data.examples import Examples
from worker.training.data.views import Views

SIZE_HW = (96, 64)
HIDDEN = 1


def mark(pixels: Pixels, visible: Mask) -> Pixels:
    """A fill that no photo looks like, so that a test sees where it was."""
    return np.where(visible[..., None], np.maximum(pixels, HIDDEN + 1), np.uint8(HIDDEN))


def found_nothing(photos: list[Pixels]) -> list[Found | None]:
    return [None for _ in photos]


def found_left_half(photos: list[Pixels]) -> list[Found | None]:
    masks = [np.zeros(photo.shape[:2], np.bool_) for photo in photos]
    for mask in masks:
        mask[:, : mask.shape[1] // 2] = True
    return [Found(mask, 1.0) for mask in masks]


@pytest.mark.parametrize("seed", range(24))
def test_what_is_hidden_is_background(labelled_folder: Path, seed: int) -> None:
    views = Views(Examples(labelled_folder, rendered=2), SIZE_HW, mark)
    picture, labels = views.draw(np.random.default_rng(seed))
    assert picture.shape == (*SIZE_HW, 3)
    assert labels.shape == SIZE_HW
    hidden = (picture == HIDDEN).all(axis=-1)
    assert (labels[hidden] == BACKGROUND).all()


def test_the_same_seed_gives_the_same_picture(labelled_folder: Path) -> None:
    views = Views(Examples(labelled_folder, rendered=2), SIZE_HW, mark)
    one, two = (views.draw(np.random.default_rng(5)) for _ in range(2))
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])


def test_found_masks_are_used(labelled_folder: Path) -> None:
    """With masks of the left half, in some pictures half a person is hidden, by a straight edge."""
    shares = []
    for finder in (found_nothing, found_left_half):
        examples = Examples(labelled_folder, rendered=0)
        examples.find_people(finder)  # type: ignore[arg-type]
        views = Views(examples, SIZE_HW, mark)
        drawn = [views.draw(np.random.default_rng(seed))[1] for seed in range(40)]
        shares.append(np.mean([(labels != BACKGROUND).mean() for labels in drawn]))
    assert shares[1] < 0.9 * shares[0]
