"""Counting where pieces lie."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat
from typer.testing import CliRunner

from shared.catalogue.pieces import Piece
from tests.support.figure import (
    BOTTOM_RGB,
    HAIR_RGB,
    SHOES_RGB,
    SKIN_RGB,
    TOP_RGB,
    figure,
    share_of,
)
from worker.commands.train import train_app
from worker.imaging.labels.ccp import DatasetError, LabelledFolder
from worker.imaging.labels.merges import label_table
from worker.imaging.person.piece import PieceTable, find_piece
from worker.training.pieces import count_pieces, shown_pieces

NUMBER = {row["label"]: int(row["number"]) for row in label_table()}
PARTS = {
    "hair": HAIR_RGB,
    "skin": SKIN_RGB,
    "t-shirt": TOP_RGB,
    "jeans": BOTTOM_RGB,
    "shoes": SHOES_RGB,
}


def labels59() -> np.ndarray:
    pixels, _ = figure()
    labels = np.zeros(pixels.shape[:2], np.uint8)
    for name, rgb in PARTS.items():
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


def test_pieces_of_a_considerable_size_are_shown() -> None:
    labels = labels59()
    labels[100, 120] = NUMBER["scarf"]
    shown = shown_pieces(labels)
    assert set(shown) == {Piece.TOP, Piece.BOTTOM, Piece.SHOES}
    assert (shown[Piece.SHOES] == (labels == NUMBER["shoes"])).all()


def test_the_table_knows_what_it_was_shown(folder: LabelledFolder) -> None:
    table = count_pieces(folder, ["1", "2"])
    assert table.body.mean.shape == table.body.spread.shape == (48, 4)
    assert table.body.mean[0] == pytest.approx([1, 0, 0, 0.09], abs=0.01)
    pixels, labels = figure()
    for piece, rgb in ((Piece.TOP, TOP_RGB), (Piece.SHOES, SHOES_RGB)):
        found = find_piece(pixels, labels, piece, table)
        assert found is not None
        assert share_of(pixels, found, rgb) > 0.97
    assert find_piece(pixels, labels, Piece.HEADWEAR, table) is None


def test_without_a_whole_person_there_is_no_body_to_measure(tmp_path: Path) -> None:
    for name in ("photos", "pixel-level"):
        (tmp_path / name).mkdir()
    with pytest.raises(DatasetError, match="no photo shows a person from head to foot"):
        count_pieces(LabelledFolder(tmp_path), [])


def test_the_command_leaves_out_what_is_held_out(folder: LabelledFolder, tmp_path: Path) -> None:
    (folder.root / "validation.txt").write_text("2\n", "utf-8")
    out = tmp_path / "new" / "pieces.npz"
    said = CliRunner().invoke(
        train_app, ["pieces", "--dataset", str(folder.root), "--out", str(out)]
    )
    assert said.exit_code == 0, said.output
    assert said.output == f"photos counted: 1; table: {out}\n"
    alone = count_pieces(folder, ["1"])
    assert (abs(PieceTable.load(out).prior - alone.prior) <= 1 / 510 + 1e-6).all()
