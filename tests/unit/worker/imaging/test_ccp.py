"""Reading labelled folders."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from worker.imaging.ccp import DatasetError, LabelledFolder, merge_labels, read_ids


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
    assert merge_labels(np.arange(59, dtype=np.uint8)).tolist().count(3) == 56


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


def test_ids_skip_comments(tmp_path: Path) -> None:
    path = tmp_path / "ids.txt"
    path.write_text("# the split\n0001\n\n0002 # second\n")
    assert read_ids(path) == ["0001", "0002"]
