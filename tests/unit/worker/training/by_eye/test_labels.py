"""Labels that people drew: which photos have them, and what is refused."""

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from worker.imaging.labels.ccp import DatasetError
from worker.imaging.labels.merges import PARTS
from worker.training.by_eye.labels import LabelsByEye

SIZE = (6, 4)


def drawn(folder: Path, **labels: np.ndarray) -> LabelsByEye:
    path = folder / "drawn.zip"
    with zipfile.ZipFile(path, "w") as file:
        for photo_id, each in labels.items():
            file.writestr(f"{photo_id}.png", cv2.imencode(".png", each)[1].tobytes())
    return LabelsByEye.load(path)


def test_labels_are_what_was_drawn(tmp_path: Path) -> None:
    labels = np.arange(24, dtype=np.uint8).reshape(SIZE) % len(PARTS)
    by_eye = drawn(tmp_path, p7=labels)
    found = by_eye.of("p7", SIZE)
    assert found is not None
    np.testing.assert_array_equal(found, labels)
    assert by_eye.of("p8", SIZE) is None


def test_labels_of_another_photo_are_refused_by_name(tmp_path: Path) -> None:
    wide = np.zeros((6, 5), np.uint8)
    with pytest.raises(DatasetError, match=r"drawn.zip: p7.png has the size \(6, 5\), its photo"):
        drawn(tmp_path, p7=wide).of("p7", SIZE)


def test_a_number_that_is_no_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"drawn.zip: p7.png names part 14 of 0..13"):
        drawn(tmp_path, p7=np.full(SIZE, 14, np.uint8)).of("p7", SIZE)


def test_colours_are_no_numbers_of_parts(tmp_path: Path) -> None:
    deep = np.zeros(SIZE, np.uint16)
    with pytest.raises(DatasetError, match=r"p7.png is no picture of 8 bits a pixel"):
        drawn(tmp_path, p7=deep).of("p7", SIZE)


def test_bytes_that_are_no_picture_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "drawn.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("p7.png", b"no picture")
    with pytest.raises(DatasetError, match=r"p7.png is no picture of 8 bits a pixel"):
        LabelsByEye.load(path).of("p7", SIZE)


@pytest.mark.parametrize("content", [None, b"no zip file"])
def test_a_file_without_labels_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "labels.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError, match=r"cannot read the labels in .*labels\.zip"):
        LabelsByEye.load(path)


def test_the_bundled_labels_show_people_in_garments() -> None:
    by_eye = LabelsByEye.load()
    assert len(by_eye.content) == 500
    shown: set[int] = set()
    for png in by_eye.content.values():
        labels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
        assert labels is not None
        numbers = np.unique(labels)
        assert numbers.max() < len(PARTS)
        assert (labels > 2).mean() > 0.01  # clothes
        shown |= set(numbers.tolist())
    assert shown == set(range(len(PARTS)))
