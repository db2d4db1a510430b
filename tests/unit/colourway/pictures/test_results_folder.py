"""The folder of results: names of cut-outs, and the two lists."""

import csv
import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from colourway.pictures.batch import AnalysedPicture
from colourway.pictures.results_folder import ResultsFolder, plain_stem
from colourway.pictures.words import FIELDS
from shared.contracts.stages import Code, Stage
from shared.errors import ColourwayError, NoPersonError
from tests.support.painted import painted_analyzer, painted_person

ANALYSIS = painted_analyzer().analyze(painted_person())
NOBODY = NoPersonError(Stage.MASK, Code.NO_PERSON, "nobody")


def test_results_are_written_as_they_come(tmp_path: Path) -> None:
    with ResultsFolder(tmp_path / "new" / "out") as folder:
        folder.add(AnalysedPicture("a/dress.jpg", ANALYSIS))
        folder.add(AnalysedPicture("b/nobody.jpg", error=NOBODY))
        written = (tmp_path / "new/out/results.jsonl").read_text()
        assert len(written.splitlines()) == 2  # before the end
    first, second = map(json.loads, written.splitlines())
    assert (first["source"], first["code"], first["cutout"]) == (
        "a/dress.jpg",
        "ok",
        "cutouts/dress.png",
    )
    assert second == {
        "source": "b/nobody.jpg",
        "code": "no_person",
        "stage": "mask",
        "message": "nobody",
    }
    with (tmp_path / "new/out/results.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == FIELDS
    assert (rows[0]["hex"], rows[0]["share"], rows[0]["pattern"]) == ("#0000ff", "1.0", "plain")
    assert (rows[1]["code"], rows[1]["hex"]) == ("no_person", "")
    bgra = cv2.imread(str(tmp_path / "new/out/cutouts/dress.png"), cv2.IMREAD_UNCHANGED)
    seen = ANALYSIS.cutout[..., 3] > 0
    assert np.array_equal(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGBA)[seen], ANALYSIS.cutout[seen])


def test_equal_names_of_different_folders_get_numbers(tmp_path: Path) -> None:
    with ResultsFolder(tmp_path) as folder:
        for shown in ("a/x.jpg", "b/x.png", "c/X.jpg", "a/x-2.jpg"):
            folder.add(AnalysedPicture(shown, ANALYSIS))
    names = {path.name for path in (tmp_path / "cutouts").iterdir()}
    assert names == {"x.png", "x-2.png", "X-3.png", "x-2-2.png"}


@pytest.mark.parametrize(
    ("shown", "stem"),
    [
        ("photos/dress.blue.jpg", "dress.blue"),
        ("https://shop.example/img/a%20b.jpg?…", "a_20b"),
        ("https://shop.example/", "shop.example"),
        ("../..", "picture"),
        ("a/.jpg", "jpg"),
        ("\x1b[31m/\x1b[0m.png", "__0m"),
        ("ü" * 200 + ".jpg", "ü" * 60),
    ],
)
def test_names_of_cutouts_are_safe(shown: str, stem: str) -> None:
    found = plain_stem(shown)
    assert len(os.fsencode(found)) < 250
    assert "/" not in found
    assert not found.startswith(".")
    if shown != "https://shop.example/":
        assert found == stem


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ColourwayError, match="--out"):
        ResultsFolder(tmp_path / "file")
