"""Examples to train on: what they hold, and how often each is drawn."""

import shutil
from collections import Counter
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import savemat

from worker.imaging.labels.merges import merge_into
from worker.imaging.regions import Mask, Pixels
from worker.networks.mask_rcnn.finder import Found, SubjectFinder
from worker.training.data.examples import COMMON, Examples, repeat_factors

BACKGROUND, BAG, DRESS, HAT, PURSE, SKIN = 0, 2, 14, 20, 33, 41
presences = st.lists(st.frozensets(st.integers(0, 6)), min_size=1, max_size=40)


def add(root: Path, photo_id: str, *labels: int) -> None:
    """A photo as dark as its number, whose labels stand in stripes, one below the other."""
    stripes = np.repeat(np.array(labels, np.uint8), 8)[:, None].repeat(24, axis=1)
    level = int(photo_id)
    cv2.imwrite(str(root / "photos" / f"{photo_id}.jpg"), np.full((*stripes.shape, 3), level))
    savemat(str(root / "pixel-level" / f"{photo_id}.mat"), {"groundtruth": stripes})


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty training photos, one of them with a hat; 0005 is of the validation split."""
    root = tmp_path_factory.mktemp("examples")
    for name in ("photos", "pixel-level"):
        (root / name).mkdir()
    add(root, "0005", BACKGROUND, SKIN, PURSE, BAG)
    ids = [f"{number:04d}" for number in range(10, 50) if number not in (15, 19)]
    for photo_id in ids:
        add(root, photo_id, BACKGROUND, SKIN, DRESS)
    add(root, "0008", BACKGROUND, SKIN, HAT)
    add(root, "0009", BACKGROUND, BACKGROUND)
    return root


def levels(examples: Examples, count: int = 800) -> Counter[int]:
    rng = np.random.default_rng(0)
    return Counter(int(examples.draw(rng, 0.0).pixels[0, 0, 0]) for _ in range(count))


def test_a_rare_class_repeats_the_pictures_that_show_it() -> None:
    # Forty pictures: class 1 is in all, 2 in four (a tenth, just common), 3 in one.
    present = [frozenset({1})] * 35 + [frozenset({1, 2})] * 4 + [frozenset({1, 3})]
    factors = repeat_factors(present)
    assert COMMON == 0.1
    assert factors[:39].tolist() == [1.0] * 39
    assert factors[39] == pytest.approx((0.1 / (1 / 40)) ** 0.5)  # 2


def test_the_rarest_class_of_a_picture_decides() -> None:
    present = [frozenset({1})] * 98 + [frozenset({1, 2})] + [frozenset({1, 2, 3})]
    assert repeat_factors(present)[-2:] == pytest.approx([5**0.5, 10**0.5])


def test_pictures_of_nothing_are_drawn_as_any_other() -> None:
    assert repeat_factors([frozenset(), frozenset({1})]).tolist() == [1.0, 1.0]


@given(presences)
def test_no_picture_is_drawn_less_often_than_once(present: list[frozenset[int]]) -> None:
    factors = repeat_factors(present)
    assert factors.shape == (len(present),)
    assert (factors >= 1).all()


@given(presences)
def test_pictures_of_common_classes_alone_are_drawn_once(present: list[frozenset[int]]) -> None:
    counts = Counter(label for classes in present for label in classes)
    factors = repeat_factors(present)
    for classes, factor in zip(present, factors, strict=True):
        rare = any(counts[label] < COMMON * len(present) for label in classes)
        assert (factor > 1) == rare


def test_balanced_drawing_shows_the_hat_more_often(root: Path) -> None:
    balanced = levels(Examples(root, 0, classes=29))
    plain = levels(Examples(root, 0, classes=29, balanced=False))
    # 39 training photos: a factor of (0.1 · 39)^½ = 1.97 against 1 of 39.
    assert set(balanced) == set(plain)
    assert len(plain) == 39
    assert balanced[8] / 800 == pytest.approx(1.97 / 39.97, abs=0.015)
    assert plain[8] / 800 == pytest.approx(1 / 39, abs=0.015)


def test_the_hat_is_no_rarity_among_regions(root: Path) -> None:
    assert levels(Examples(root, 0, classes=4))[8] / 800 == pytest.approx(1 / 39, abs=0.015)


def test_photos_of_the_validation_split_and_of_nobody_are_not_drawn(root: Path) -> None:
    drawn = levels(Examples(root, 0))
    assert 5 not in drawn
    assert 9 not in drawn


@pytest.mark.parametrize("classes", [4, 29, 59])
def test_labels_are_merged_into_the_classes_asked_for(root: Path, classes: int) -> None:
    (example,) = Examples(root, 0, classes=classes).validation(5)
    published = np.repeat(np.array([BACKGROUND, SKIN, PURSE, BAG], np.uint8), 8)
    assert example.labels[:, 0].tolist() == merge_into(classes)(published).tolist()
    assert example.labels.dtype == np.uint8


def test_bags_of_every_published_label_are_told(root: Path) -> None:
    (example,) = Examples(root, 0).validation(5)
    assert example.bags[:, 0].tolist() == [False] * 16 + [True] * 16
    assert example.found is None
    assert example.shows_person


def test_people_are_found_once_for_every_photo(root: Path) -> None:
    examples = Examples(root, 0)
    asked: list[int] = []

    def find(photos: list[Pixels]) -> list[Found | None]:
        (pixels,) = photos
        level = int(pixels[0, 0, 0])
        asked.append(level)
        mask: Mask = np.zeros(pixels.shape[:2], np.bool_)
        mask[: level % 8 + 1] = True
        return [None if level == 8 else Found(mask, 0.9)]

    examples.find_people(cast("SubjectFinder", find))
    assert len(asked) == len(set(asked)) == 40
    (valid,) = examples.validation(5)
    assert valid.found is not None
    assert valid.found.dtype == np.bool_
    assert valid.found[:, 0].tolist() == [True] * 6 + [False] * 26
    rng = np.random.default_rng(0)
    for example in (examples.draw(rng, 0.0) for _ in range(200)):
        level = int(example.pixels[0, 0, 0])
        rows = None if example.found is None else int(example.found[:, 0].sum())
        assert rows == (None if level == 8 else level % 8 + 1)


def test_rendered_pictures_have_regions_only(root: Path) -> None:
    with pytest.raises(ValueError, match="4 classes, not 29"):
        Examples(root, rendered=2, classes=29)
    look = Examples(root, rendered=4).draw(np.random.default_rng(0), figures=1.0)
    assert not look.bags.any()
    assert set(np.unique(look.labels)) <= {0, 1, 2, 3}


def test_a_bad_file_costs_itself_only(
    labelled_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "dataset"
    shutil.copytree(labelled_folder, folder)
    (folder / "pixel-level" / "0002.mat").write_bytes(b"no labels")
    examples = Examples(folder, rendered=0)
    rng = np.random.default_rng(0)
    assert len({examples.draw(rng, 0.0).pixels.tobytes() for _ in range(60)}) == 2
    assert "0002.mat" in capsys.readouterr().err
