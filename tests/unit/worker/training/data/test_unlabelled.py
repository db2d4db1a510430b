"""Photos without labels of their own: a teacher labels them, where people did not."""

import zipfile
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.support.painted import Painter, find_painted, nobody, painted_person, person_labels
from worker.analysis.networks import Networks
from worker.commands.train import train_app
from worker.imaging.labels.ccp import DatasetError
from worker.imaging.labels.merges import PARTS
from worker.training.by_eye.labels import LabelsByEye
from worker.training.data.examples import Examples, TrainingExample
from worker.training.data.teacher import Teacher

TEACHER = Teacher(Networks(cast("Any", find_painted), cast("Any", Painter()), {}))
DRESS = PARTS.index("dress")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two photos of the same person, and one of nobody."""
    folder = tmp_path / "unlabelled"
    folder.mkdir()
    for name, pixels in (("a", painted_person()), ("b", painted_person()), ("c", nobody())):
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{name}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 100])
    return folder


def drawn(folder: Path, labels: np.ndarray) -> LabelsByEye:
    with zipfile.ZipFile(folder / "drawn.zip", "w") as file:
        file.writestr("a.png", cv2.imencode(".png", labels)[1].tobytes())
    return LabelsByEye.load(folder / "drawn.zip")


def draws(examples: Examples, count: int) -> list[TrainingExample]:
    rng = np.random.default_rng(0)
    return [examples.draw(rng, 0.0) for _ in range(count)]


def test_what_people_drew_goes_before_the_teacher(labelled_folder: Path, photos: Path) -> None:
    dress = np.where(person_labels() == 3, DRESS, person_labels()).astype(np.uint8)
    examples = Examples(labelled_folder, rendered=0, classes=14)
    examples.add_unlabelled(photos, TEACHER, drawn(photos.parent, dress))
    size = dress.shape
    own = [each for each in draws(examples, 60) if each.labels.shape == size]
    by_people = [each for each in own if (each.labels == DRESS).any()]
    by_teacher = [each for each in own if (each.labels == PARTS.index("top")).any()]
    assert len(by_people) + len(by_teacher) == len(own)
    assert by_people
    assert by_teacher
    np.testing.assert_array_equal(by_people[0].labels, dress)
    assert by_people[0].found is not None


def test_photos_without_labels_come_as_often_as_they_are_many(
    labelled_folder: Path, photos: Path
) -> None:
    """Three photos have labels, two have none: nobody is seen in the third."""
    examples = Examples(labelled_folder, rendered=0, classes=14, balanced=False)
    examples.add_unlabelled(photos, TEACHER)
    size = person_labels().shape
    taught = sum(each.labels.shape == size for each in draws(examples, 400))
    assert taught / 400 == pytest.approx(2 / 5, abs=0.07)


def test_labels_of_another_size_stop_the_training(labelled_folder: Path, photos: Path) -> None:
    examples = Examples(labelled_folder, rendered=0, classes=14)
    with pytest.raises(DatasetError, match=r"a\.png has the size"):
        examples.add_unlabelled(photos, TEACHER, drawn(photos.parent, np.zeros((3, 3), np.uint8)))


def test_labels_without_their_photos_are_refused(tmp_path: Path) -> None:
    words = ["pix2pix", "--dataset", str(tmp_path), "--labels", str(tmp_path / "drawn.zip")]
    said = CliRunner(env={"COLUMNS": "200"}).invoke(train_app, words)
    assert said.exit_code == 2
    assert "--labels belong to the photos of --unlabelled FOLDER" in said.output
