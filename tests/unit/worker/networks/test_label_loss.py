"""The loss of labels: which labels and which pixels count, by hand."""

import numpy as np
import pytest

from worker.networks.label_loss import label_loss


def sure_of(labels: list[int], count: int, certainty: float) -> np.ndarray:
    """Logits of one row of pixels, each so sure of its label."""
    shares = np.full((1, 1, len(labels), count), (1 - certainty) / (count - 1), np.float32)
    for place, label in enumerate(labels):
        shares[0, 0, place, label] = certainty
    return np.log(shares)


def loss(logits: np.ndarray, labels: list[int]) -> float:
    return float(label_loss(logits, np.array([[labels]], np.int32)))


def test_what_is_right_and_sure_costs_nothing() -> None:
    assert loss(sure_of([0, 1], 3, 0.9999), [0, 1]) == pytest.approx(0, abs=1e-3)


def test_it_is_cross_entropy_and_what_dice_lacks() -> None:
    # Each label: overlap 0.8, shares and truth 1 + 1; plus one above and below.
    dice = (2 * 0.8 + 1) / (1 + 1 + 1)
    expected = -np.log(0.8) + 1 - dice
    assert loss(sure_of([0, 1], 2, 0.8), [0, 1]) == pytest.approx(expected, rel=1e-5)


def test_a_label_that_is_not_shown_has_no_dice() -> None:
    """Else a few doubtful pixels of a rare label would weigh as much as a whole region."""
    with_third = sure_of([0] * 50 + [1] * 50, 3, 0.98)
    cross_entropy = -np.log(0.98)
    dice = (2 * 49 + 1) / (49 + 0.5 + 50 + 1)
    expected = cross_entropy + 1 - dice
    assert loss(with_third, [0] * 50 + [1] * 50) == pytest.approx(expected, rel=1e-4)


def test_the_middle_of_each_cell_counts() -> None:
    labels = np.zeros((1, 2, 4), np.int32)
    labels[0, 1, 1], labels[0, 1, 3] = 0, 1
    fine = float(label_loss(sure_of([0, 1], 2, 0.8), labels))
    assert fine == pytest.approx(loss(sure_of([0, 1], 2, 0.8), [0, 1]))
