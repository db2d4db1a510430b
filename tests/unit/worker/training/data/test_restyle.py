"""Other colours and proportions: labels stay true, and what is no garment stays as it was."""

from dataclasses import replace

import numpy as np
import pytest

from worker.imaging.labels.merges import PARTS
from worker.training.data import restyle
from worker.training.data.examples import TrainingExample
from worker.training.data.restyle import reshaped, restyled

TOP, BOTTOM = PARTS.index("top"), PARTS.index("bottom")
BANDS = ((10, 30, 2), (30, 50, 1), (50, 90, TOP), (90, 150, BOTTOM))
COLOURS = {0: 200, 1: 150, 2: 30, TOP: 90, BOTTOM: 120}


@pytest.fixture
def example() -> TrainingExample:
    """Somebody of bands, each grey of its own."""
    labels = np.zeros((160, 80), np.uint8)
    for first, last, label in BANDS:
        labels[first:last, 20:60] = label
    pixels = np.array([COLOURS.get(label, 0) for label in range(len(PARTS))], np.uint8)[labels]
    bags = np.zeros(labels.shape, np.bool_)
    bags[100:110, 20:30] = True
    return TrainingExample(pixels[..., None].repeat(3, axis=2), labels, True, bags, labels > 0)


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restyle, "RESTYLED", 1.0)
    monkeypatch.setattr(restyle, "RESHAPED", 1.0)


def test_garments_change_colour_and_nothing_else_does(example: TrainingExample) -> None:
    changed = np.zeros(len(PARTS))
    for seed in range(12):
        other = restyled(example.pixels, example.labels, np.random.default_rng(seed))
        far = np.abs(other.astype(int) - example.pixels).max(axis=-1)
        for first, last, label in BANDS:
            changed[label] += far[first + 5 : last - 5, 25:55].mean() > 4
        assert far[:, :14].max() <= 2  # the round trip through CIELAB
    assert changed[1] == changed[2] == 0
    assert changed[TOP] >= 5
    assert changed[BOTTOM] >= 5


def test_some_get_a_print(example: TrainingExample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restyle, "KEPT", 0.0)
    spread: dict[float, list[float]] = {0.0: [], 1.0: []}
    for share, found in spread.items():
        monkeypatch.setattr(restyle, "PRINTED", share)
        for seed in range(8):
            other = restyled(example.pixels, example.labels, np.random.default_rng(seed))
            found.append(float(other[55:85, 25:55].std(axis=(0, 1)).max()))
    assert max(spread[0.0]) < 2
    assert np.median(spread[1.0]) > 8


def test_labels_stay_on_their_pixels(example: TrainingExample) -> None:
    lengths = set[int]()
    for seed in range(12):
        other = reshaped(example, np.random.default_rng(seed))
        assert other.pixels.shape[:2] == other.labels.shape == other.bags.shape
        assert other.found is not None
        assert (other.found == (other.labels > 0)).all()
        assert other.bags.any()
        assert (other.labels[other.bags] == BOTTOM).all()
        for label, grey in COLOURS.items():
            inside = other.pixels[other.labels == label][:, 0]
            # Only pixels on an edge, where the photo is interpolated, may differ.
            assert (np.abs(inside.astype(int) - grey) <= 2).mean() > 0.8
        lengths.add(int((other.labels[:, 40] == BOTTOM).sum()))
    assert len(lengths) > 4


def test_what_shows_nobody_keeps_its_shape(example: TrainingExample) -> None:
    rng = np.random.default_rng(0)
    alone = replace(example, shows_person=False)
    assert reshaped(alone, rng) is alone
    empty = replace(example, labels=np.zeros_like(example.labels))
    assert reshaped(empty, rng) is empty


def test_the_same_seed_gives_the_same_picture(example: TrainingExample) -> None:
    for seed in range(3):
        one, two = (reshaped(example, np.random.default_rng(seed)) for _ in range(2))
        assert (one.pixels == two.pixels).all()
        again = [restyled(one.pixels, one.labels, np.random.default_rng(seed)) for _ in range(2)]
        assert (again[0] == again[1]).all()
