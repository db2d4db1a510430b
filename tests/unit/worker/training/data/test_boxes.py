"""What teaches garments: boxes of people, cut and lying clothes, labels that fit."""

from pathlib import Path

import numpy as np
import pytest

from worker.imaging.canvas import GREY
from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import BACKGROUND, HAIR, SKIN
from worker.training.data import boxes
from worker.training.data.boxes import BoxViews
from worker.training.data.examples import Examples

SIZE_HW = (96, 64)


@pytest.fixture(scope="module")
def views(labelled_folder: Path) -> BoxViews:
    return BoxViews(Examples(labelled_folder, 4, classes=14), SIZE_HW)


def test_labels_lie_on_the_picture(views: BoxViews) -> None:
    for seed in range(30):
        photo, labels = views.draw(np.random.default_rng(seed))
        assert photo.shape == (*SIZE_HW, 3)
        assert labels.shape == SIZE_HW
        assert labels.max() < len(PARTS)


def test_the_same_seed_draws_the_same_picture(views: BoxViews) -> None:
    first, again = (views.draw(np.random.default_rng(5)) for _ in range(2))
    assert (first[0] == again[0]).all()
    assert (first[1] == again[1]).all()


def test_what_is_hidden_is_grey_and_background(
    views: BoxViews, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(boxes, "TRUE", 1.0)
    monkeypatch.setattr(boxes, "LYING", 0.0)
    monkeypatch.setattr(boxes, "NOBODY", 0.0)
    for seed in range(10):
        photo, labels = views.draw(np.random.default_rng(seed))
        hidden = (photo == GREY).all(axis=-1)
        assert (labels[hidden] == BACKGROUND).mean() > 0.95


def test_lying_clothes_show_nobody(views: BoxViews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "LYING", 1.0)
    monkeypatch.setattr(boxes, "FIGURES", 0.0)
    monkeypatch.setattr(boxes, "PACKSHOTS", 0.0)
    for seed in range(10):
        _, labels = views.draw(np.random.default_rng(seed))
        assert not np.isin(labels, (SKIN, HAIR)).any()
        assert (labels > HAIR).any()


def test_beside_a_person_there_is_nobody(views: BoxViews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes, "LYING", 0.0)
    monkeypatch.setattr(boxes, "NOBODY", 1.0)
    monkeypatch.setattr(boxes, "FIGURES", 0.0)
    monkeypatch.setattr(boxes, "PACKSHOTS", 0.0)
    drawn = [views.draw(np.random.default_rng(seed)) for seed in range(10)]
    assert not any(labels.any() for _, labels in drawn)
    assert all(len(np.unique(photo)) > 10 for photo, _ in drawn)
