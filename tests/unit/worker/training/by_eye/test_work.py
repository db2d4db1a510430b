"""The commands ``train sheets`` and ``train labels``, on people whose colours say what they are."""

from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner, Result

from tests.support.painted import Painter, find_painted, nobody, painted_person, person_labels
from worker.analysis.networks import Networks
from worker.commands.train import train_app
from worker.imaging.labels.merges import PARTS
from worker.training.by_eye.labels import LabelsByEye
from worker.training.by_eye.segments import NumberedPhoto

NETWORKS = Networks(cast("Any", find_painted), cast("Any", Painter()), {})


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two people, one photo of nobody, and a file that is no picture."""
    monkeypatch.setattr("worker.analysis.networks.build_networks", lambda _settings: NETWORKS)
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, pixels in (("a", painted_person()), ("b", painted_person()), ("c", nobody())):
        bgr = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"{name}.jpg"), bgr, [cv2.IMWRITE_JPEG_QUALITY, 100])
    (folder / "d.jpg").write_bytes(b"no picture")
    return folder


def run(*words: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(train_app, [str(word) for word in words])


def test_sheets_are_drawn_and_gone_on_with(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "by eye"
    said = run("sheets", photos, "--out", out, "--limit", 1)
    assert said.exit_code == 0, said.output
    assert "sheets: 1 in" in said.stdout
    said = run("sheets", photos, "--out", out)
    assert "sheets: 1 in" in said.stdout
    assert "left out: c.jpg: no picture, or nobody in it" in said.stderr
    assert "left out: d.jpg: no picture, or nobody in it" in said.stderr
    assert sorted(path.name for path in (out / "sheets").iterdir()) == ["a.png", "b.png"]
    sheet = cv2.imread(str(out / "sheets" / "a.png"))
    assert sheet is not None
    assert sheet.shape == (850, 750, 3)


def test_a_folder_of_nobody_is_an_error(photos: Path, tmp_path: Path) -> None:
    for path in photos.glob("[ab].jpg"):
        path.unlink()
    assert run("sheets", photos, "--out", tmp_path / "out").exit_code == 1


def test_what_is_drawn_already_is_said(photos: Path, tmp_path: Path) -> None:
    for name in "cd":
        (photos / f"{name}.jpg").unlink()
    run("sheets", photos, "--out", tmp_path / "out")
    said = run("sheets", photos, "--out", tmp_path / "out")
    assert (said.exit_code, said.stdout[:14]) == (0, "Nothing to do:")


def test_answers_become_labels(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("sheets", photos, "--out", out)
    seen = NumberedPhoto.load(out / "photos" / "a.npz")
    top = [n for n in range(1, seen.numbers.max() + 1) if PARTS[seen.part_of(n)] == "top"]
    answers = tmp_path / "mine.txt"
    answers.write_text(f"a | dress, shoes | dress={','.join(map(str, top))}\n", "utf-8")
    said = run("labels", answers, "--folder", out, "--out", tmp_path / "mine.zip")
    assert said.exit_code == 0, said.output
    assert "labelled photos: 1; " in said.stdout
    labels = LabelsByEye.load(tmp_path / "mine.zip").of("a", person_labels().shape)
    assert labels is not None
    assert {PARTS[k] for k in np.unique(labels)} == {"background", "skin", "hair", "dress", "shoes"}
    assert (labels[66:100, 36:60] == PARTS.index("dress")).all()


def test_a_bad_answer_costs_itself_only(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("sheets", photos, "--out", out)
    one, two = tmp_path / "one.txt", tmp_path / "two.txt"
    one.write_text("a | top, shoes |\nb | top | shoes=77\nz | top |\n", "utf-8")
    two.write_text("a | dress |\nb | gown |\n", "utf-8")
    said = run("labels", one, two, "--folder", out, "--out", tmp_path / "out.zip")
    assert said.exit_code == 1
    assert said.stderr.splitlines() == [
        "left out: two.txt, line 2, b: 'gown' is none of top, outerwear, bottom, dress, shoes, "
        "bag, headwear, scarf, legwear, belt, small",
        "left out: two.txt: a second answer for a",
        "left out: b: there is no number 77",
        f"left out: z: there is no such photo in {out}",
    ]
    assert LabelsByEye.load(tmp_path / "out.zip").content.keys() == {"a"}


def test_the_same_answers_make_the_same_bytes(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run("sheets", photos, "--out", out)
    answers = tmp_path / "mine.txt"
    answers.write_text("b | top, shoes |\na | top, shoes |\n", "utf-8")
    for name in ("one.zip", "two.zip"):
        run("labels", answers, "--folder", out, "--out", tmp_path / name)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
