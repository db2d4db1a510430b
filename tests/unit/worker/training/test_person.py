"""Batches of the person network's training."""

from pathlib import Path

import numpy as np
import pytest

from tests.support.tiny_networks import TINY_PERSON
from worker.imaging.paste import box_of_mask
from worker.training.data.examples import Examples
from worker.training.person import PersonTask

SIZE = np.array([*TINY_PERSON.size_hw, *TINY_PERSON.size_hw])


@pytest.fixture(scope="module")
def task(labelled_folder: Path) -> PersonTask:
    return PersonTask(Examples(labelled_folder, rendered=4), 16, config=TINY_PERSON)


def test_a_batch_depends_on_its_random_numbers_alone(task: PersonTask) -> None:
    one, two, other = (task.batch(np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert all(np.array_equal(one[name], two[name]) for name in one)
    assert not np.array_equal(one["photos"], other["photos"])


def test_shapes_dtypes_and_ranges(task: PersonTask) -> None:
    batch = task.batch(np.random.default_rng(0))
    assert {name: (a.shape, a.dtype.name) for name, a in batch.items()} == {
        "photos": ((16, 64, 64, 3), "uint8"),
        "labels": ((16, 64, 64), "int32"),
        "masks": ((16, 64, 64), "float32"),
        "people": ((16, 2, 4), "float32"),
        "box_noise": ((16, 8, 4), "float32"),
        "window_noise": ((16, 2, 4), "float32"),
    }
    assert 0 <= batch["masks"].min() <= batch["masks"].max() <= 1
    assert set(np.unique(batch["labels"])) <= {0, 1, 2, 3}


def test_the_first_box_is_the_masks_and_packshots_have_none(task: PersonTask) -> None:
    people = packshots = 0
    for seed in range(12):
        batch = task.batch(np.random.default_rng(seed))
        for mask, boxes, labels in zip(
            batch["masks"], batch["people"], batch["labels"], strict=True
        ):
            box = box_of_mask(mask > 0.5)
            if box is None:
                packshots += bool((labels > 0).any() and not boxes.any())
            else:
                people += 1
                assert np.allclose(boxes[0] * SIZE, box)
    assert people > 100
    assert packshots > 0


def test_passers_by_have_boxes_but_no_part_in_mask_or_labels(task: PersonTask) -> None:
    found = 0
    for seed in range(12):
        batch = task.batch(np.random.default_rng(seed))
        for mask, boxes, labels in zip(
            batch["masks"], batch["people"], batch["labels"], strict=True
        ):
            if boxes[1].any():
                found += 1
                assert (boxes[1, 2:] > boxes[1, :2]).all()
                assert ((labels > 0) == (mask > 0.5)).mean() > 0.97
    assert found > 5
