"""Measuring the mean body."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat
from typer.testing import CliRunner

from tests.support.figure import (
    BOTTOM_RGB,
    HAIR_RGB,
    SHOES_RGB,
    SKIN_RGB,
    TOP_RGB,
    figure,
)
from worker.commands.train import train_app
from worker.imaging.labels.ccp import DatasetError, LabelledFolder
from worker.imaging.labels.merges import label_table
from worker.imaging.person.body import MeanBody
from worker.training.body import mean_body

NUMBER = {row["label"]: int(row["number"]) for row in label_table()}
PAINTS = {
    "hair": HAIR_RGB,
    "skin": SKIN_RGB,
    "t-shirt": TOP_RGB,
    "jeans": BOTTOM_RGB,
    "shoes": SHOES_RGB,
}


def labels59() -> np.ndarray:
    pixels, _ = figure()
    labels = np.zeros(pixels.shape[:2], np.uint8)
    for name, rgb in PAINTS.items():
        labels[(pixels == rgb).all(axis=-1)] = NUMBER[name]
    return labels


@pytest.fixture
def folder(tmp_path: Path) -> LabelledFolder:
    pixels, _ = figure()
    for name in ("photos", "pixel-level"):
        (tmp_path / name).mkdir()
    for photo_id in ("1", "2"):
        bgr = np.ascontiguousarray(pixels[..., ::-1])
        cv2.imwrite(str(tmp_path / "photos" / f"{photo_id}.jpg"), bgr)
        savemat(str(tmp_path / "pixel-level" / f"{photo_id}.mat"), {"groundtruth": labels59()})
    return LabelledFolder(tmp_path)


def test_rows_of_a_mean_body_are_those_that_were_shown(folder: LabelledFolder) -> None:
    body = mean_body(folder, ["1", "2"])
    assert body.mean.shape == body.spread.shape == (48, 4)
    assert body.mean[0] == pytest.approx([1, 0, 0, 0.09], abs=0.01)


def test_without_a_whole_person_there_is_no_body_to_measure(tmp_path: Path) -> None:
    for name in ("photos", "pixel-level"):
        (tmp_path / name).mkdir()
    with pytest.raises(DatasetError, match="no photo shows a person from head to foot"):
        mean_body(LabelledFolder(tmp_path), [])


def test_the_command_leaves_out_what_is_held_out(folder: LabelledFolder, tmp_path: Path) -> None:
    (folder.root / "validation.txt").write_text("2\n", "utf-8")
    out = tmp_path / "new" / "body.npz"
    said = CliRunner().invoke(train_app, ["body", "--dataset", str(folder.root), "--out", str(out)])
    assert said.exit_code == 0, said.output
    assert said.output == f"photos: 1; mean body: {out}\n"
    assert (MeanBody.load(out).mean == mean_body(folder, ["1"]).mean).all()


def test_the_same_body_gives_the_same_bytes(tmp_path: Path) -> None:
    copies = tmp_path / "one.npz", tmp_path / "two.npz"
    for copy in copies:
        MeanBody.load().save(copy)
    assert copies[0].read_bytes() == copies[1].read_bytes()
    assert (MeanBody.load(copies[0]).spread == MeanBody.load().spread).all()
