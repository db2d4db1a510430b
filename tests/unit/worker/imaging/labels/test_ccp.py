"""Reading labelled folders."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from tests.support import CCP
from worker.imaging.labels.ccp import VALIDATION_SPLIT, DatasetError, LabelledFolder, read_ids


@pytest.fixture
def folder(tmp_path: Path) -> LabelledFolder:
    (tmp_path / "photos").mkdir()
    (tmp_path / "pixel-level").mkdir()
    cv2.imwrite(str(tmp_path / "photos" / "0001.jpg"), np.full((4, 3, 3), (255, 0, 0), np.uint8))
    labels = np.array([[0, 19, 41], [1, 58, 0], [0, 0, 0], [0, 0, 0]], np.uint8)
    savemat(str(tmp_path / "pixel-level" / "0001.mat"), {"groundtruth": labels})
    cv2.imwrite(str(tmp_path / "photos" / "0002.jpg"), np.zeros((4, 3, 3), np.uint8))
    return LabelledFolder(tmp_path)


def test_only_labelled_photos_count(folder: LabelledFolder) -> None:
    assert folder.ids() == ["0001"]


def test_labels_are_merged_into_four(folder: LabelledFolder) -> None:
    assert folder.labels("0001")[:2].tolist() == [[0, 2, 1], [3, 3, 0]]
    assert folder.labels59("0001")[:2].tolist() == [[0, 19, 41], [1, 58, 0]]


def test_photos_are_rgb(folder: LabelledFolder) -> None:
    pixels = folder.photo("0001")
    assert pixels.shape == (4, 3, 3)
    assert pixels[0, 0, 2] > 240 > 20 > pixels[0, 0, 0]


def test_faults_name_the_file(folder: LabelledFolder, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"0002\.mat"):
        folder.labels("0002")
    (tmp_path / "pixel-level" / "0002.mat").write_bytes(b"junk")
    with pytest.raises(DatasetError, match=r"0002\.mat"):
        folder.labels("0002")
    savemat(str(tmp_path / "pixel-level" / "0002.mat"), {"groundtruth": np.full((4, 3), 59)})
    with pytest.raises(DatasetError, match=r"0\.\.58"):
        folder.labels("0002")
    with pytest.raises(DatasetError, match="photos"):
        LabelledFolder(tmp_path / "photos")


def test_a_pair_has_one_size(folder: LabelledFolder) -> None:
    pixels, labels = folder.pair("0001")
    assert (pixels.shape, labels.shape) == ((4, 3, 3), (4, 3))
    cv2.imwrite(str(folder.photo_path("0001")), np.zeros((4, 4, 3), np.uint8))
    with pytest.raises(DatasetError, match=r"0001\.jpg.*\(4, 4\).*\(4, 3\)"):
        folder.pair("0001")


def test_what_has_no_counterpart_is_told(folder: LabelledFolder, tmp_path: Path) -> None:
    (tmp_path / "pixel-level" / "0007.mat").write_bytes(b"")
    assert [path.name for path in folder.alone()] == ["0002.jpg", "0007.mat"]


def test_ids_are_chosen_by_a_file(folder: LabelledFolder, tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("0001\n")
    assert folder.choose(path) == folder.choose(None) == ["0001"]
    path.write_text("0001\n0002\n")
    with pytest.raises(DatasetError, match="no labelled photo 0002"):
        folder.choose(path)
    with pytest.raises(DatasetError, match=r"nowhere\.txt"):
        folder.choose(tmp_path / "nowhere.txt")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DatasetError, match=r"ids\.txt"):
        folder.choose(path)


def test_the_validation_split_is_a_hundred_photos() -> None:
    ids = read_ids(VALIDATION_SPLIT)
    assert len(set(ids)) == len(ids) == 100


@pytest.mark.skipif(not CCP.is_dir(), reason="needs the labelled photos in ../shared/ccp")
def test_the_validation_split_is_what_the_rule_gives() -> None:
    assert LabelledFolder(CCP).split(100) == read_ids(VALIDATION_SPLIT)


def test_a_folder_may_hold_out_photos_of_its_own(folder: LabelledFolder, tmp_path: Path) -> None:
    assert folder.held_out() == frozenset(read_ids(VALIDATION_SPLIT))
    (tmp_path / "validation.txt").write_text("0001\n")
    assert folder.held_out() == {"0001"}


def test_a_split_grows_with_its_folder(folder: LabelledFolder, tmp_path: Path) -> None:
    def add(first: int, last: int) -> None:
        for number in range(first, last):
            (tmp_path / "photos" / f"a{number}.jpg").touch()
            (tmp_path / "pixel-level" / f"a{number}.mat").touch()

    add(0, 100)
    before = folder.split(10)
    assert len(set(before)) == 10
    assert before == folder.split(10) == sorted(before)
    add(100, 200)
    # Of twice as many photos, twice as many are held out; those before stay among them.
    assert len(set(before) & set(folder.split(20))) >= 7


def test_ids_skip_comments(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("# the split\n0001\n\n0002 # second\n")
    assert read_ids(path) == ["0001", "0002"]
