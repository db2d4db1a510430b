"""Where samples come from: what networks see in labelled photos, as they are and disturbed."""

import io
import zipfile
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from shared.catalogue.pieces import Piece
from tests.support.painted import nobody, painted_analyzer, painted_person, person_labels
from worker.commands.train import train_app
from worker.imaging.labels.merges import PARTS
from worker.imaging.regions import CLOTHES, LabelMap, Pixels
from worker.training.by_eye.labels import LabelsByEye
from worker.training.data.examples import TrainingExample
from worker.training.worn_piece.lessons import (
    as_it_is,
    disturbed,
    drawn_by_eye,
    seen_pictures,
)

SIZE_HW = (16, 12)


def labels14() -> LabelMap:
    """Clothes are a top, the lowest of them shoes, as they are painted."""
    labels = person_labels()
    clothes = labels == CLOTHES
    labels[clothes] = PARTS.index("top")
    lowest = labels[-SIZE_HW[0] :]
    lowest[clothes[-SIZE_HW[0] :]] = PARTS.index("shoes")
    return labels


def example(pixels: Pixels | None = None) -> TrainingExample:
    pixels = painted_person() if pixels is None else pixels
    labels = labels14()
    return TrainingExample(pixels, labels, True, np.zeros(labels.shape, np.bool_), None)


def test_every_piece_of_a_picture_is_seen_and_nobody_is_left_out() -> None:
    analyzer = painted_analyzer()
    photos = [example, partial(example, nobody()), example]
    seen = seen_pictures(analyzer, photos, as_it_is, 2, size_hw=SIZE_HW)
    assert len(seen) == 4
    for picture in seen:
        assert picture.shares.shape == (*SIZE_HW, len(PARTS))
        assert Piece.TOP in [piece.piece for piece in picture.pieces]
        top = picture.pieces[0]
        both = (top.seeming > 127) & (top.truth > 127)
        assert both.sum() > 0.8 * (top.truth > 127).sum()


def test_a_disturbed_picture_follows_from_its_number() -> None:
    one, again, other = (disturbed(example(), number) for number in (1, 1, 2))
    assert (one[0] == again[0]).all()
    assert (one[1] == again[1]).all()
    assert one[0].shape[:2] == one[1].shape
    assert one[0].shape != other[0].shape or (one[0] != other[0]).any()


def test_labels_move_with_their_pixels() -> None:
    """Where the labels say shoes the picture is as it is there, however it is turned and cut."""
    for number in range(12):
        pixels, labels = disturbed(example(), number)
        hair, clothes = pixels[labels == 2], pixels[labels == PARTS.index("top")]
        if min(len(hair), len(clothes)) > 50:
            assert np.abs(hair.mean(axis=0) - clothes.mean(axis=0)).max() > 30


@pytest.fixture
def drawn(tmp_path: Path) -> tuple[Path, LabelsByEye]:
    """Three photos, of which people labelled two."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in "abc":
        cv2.imwrite(str(folder / f"{name}.jpg"), painted_person()[..., ::-1])
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in "ab":
            archive.writestr(f"{name}.png", cv2.imencode(".png", labels14())[1].tobytes())
    path = tmp_path / "drawn.zip"
    path.write_bytes(content.getvalue())
    return folder, LabelsByEye.load(path)


def test_photos_that_people_labelled_come_with_their_labels(
    drawn: tuple[Path, LabelsByEye],
) -> None:
    photos = drawn_by_eye(*drawn)
    assert len(photos) == 2
    assert (photos[0]().labels == labels14()).all()
    assert photos[0]().pixels.shape == (*labels14().shape, 3)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--labels", "drawn.zip"], "--labels and --unlabelled belong together"),
        (["--unlabelled", "photos"], "--labels and --unlabelled belong together"),
        (["--unseen-by", "weights"], "--unseen-by says which weights had not seen"),
    ],
)
def test_options_that_lack_others_are_refused(words: list[str], said: str, tmp_path: Path) -> None:
    line = ["worn-piece", "--dataset", str(tmp_path), *words]
    told = CliRunner(env={"COLUMNS": "200"}).invoke(train_app, line)
    assert told.exit_code == 2
    assert said in told.output
