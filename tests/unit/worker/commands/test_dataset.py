"""The commands ``dataset show``, ``stats`` and ``split``, as a person types them."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat
from typer.testing import CliRunner, Result

from colourway.cli import app
from worker.imaging.contact_sheet import CAPTION_HEIGHT, ENTRY_HW, MARGIN, PICTURE_HW
from worker.imaging.palette import PALETTE

DRESS, BAG, SKIN = 14, 2, 41
HEIGHT = PICTURE_HW[0] + CAPTION_HEIGHT + 2 * MARGIN
WIDTH = 2 * PICTURE_HW[1] + 2 * MARGIN


def add(root: Path, photo_id: str, *labels: int, level: int = 90) -> None:
    """A grey photo whose labels stand in stripes, one below the other, each of 20 rows."""
    stripes = np.repeat(np.array(labels, np.uint8), 20)[:, None].repeat(40, axis=1)
    cv2.imwrite(str(root / "photos" / f"{photo_id}.jpg"), np.full((*stripes.shape, 3), level))
    savemat(str(root / "pixel-level" / f"{photo_id}.mat"), {"groundtruth": stripes})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """0005 is of the validation split; 0003 shows nobody."""
    root = tmp_path / "labelled"
    for name in ("photos", "pixel-level"):
        (root / name).mkdir(parents=True)
    add(root, "0001", 0, SKIN, DRESS)
    add(root, "0002", 0, SKIN, BAG)
    add(root, "0003", 0, 0, 0)
    add(root, "0005", 0, DRESS, BAG)
    return root


def dataset(*words: object) -> Result:
    return CliRunner().invoke(app, ["dataset", *map(str, words)])


def sheet_at(path: Path) -> np.ndarray:
    sheet = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    assert sheet is not None
    return sheet


def test_stats_count_by_class_and_split(folder: Path) -> None:
    done = dataset("stats", folder, "--json")
    assert done.exit_code == 0
    figures = json.loads(done.stdout)
    assert (figures["photos"], figures["train"], figures["validation"]) == (3, 2, 1)
    assert figures["without_person"] == {"0003": 0.0}
    assert (figures["unreadable"], figures["alone"]) == ({}, [])
    rows = {row["name"]: row for row in figures["classes"]}
    assert len(rows) == 29
    assert (rows["dress"]["train"], rows["dress"]["validation"]) == (1, 1)
    assert rows["bag"]["share_of_photos"] == pytest.approx(2 / 3)
    assert rows["bag"]["share_of_person"] == pytest.approx(1 / 3)
    assert rows["bag"]["pixels"] == 2 * 20 * 40


@pytest.mark.parametrize(("classes", "name"), [("4", "clothes"), ("59", "purse")])
def test_stats_know_other_classes(folder: Path, classes: str, name: str) -> None:
    figures = json.loads(dataset("stats", folder, "--json", "--classes", classes).stdout)
    assert len(figures["classes"]) == int(classes)
    assert name in {row["name"] for row in figures["classes"]}


def test_stats_are_a_table_for_people(folder: Path) -> None:
    done = dataset("stats", folder, "--classes", "4")
    assert done.exit_code == 0
    assert "| skin       |      2 |     2 |          0 |     66.7% |        33.33% |  1,600 |" in (
        done.stdout.splitlines()
    )
    assert "3 photos: 2 to train on, 1 to validate on" in done.stdout
    assert "left out: 0003, whose labels show a person on 0.0% of the picture" in done.stdout


def test_a_bad_file_costs_itself_only(folder: Path, tmp_path: Path) -> None:
    add(folder, "0007", 0, SKIN)
    (folder / "photos" / "0007.jpg").write_bytes(b"no picture")
    add(folder, "0008", 0, SKIN)
    (folder / "pixel-level" / "0008.mat").write_bytes(b"no labels")
    (folder / "pixel-level" / "0009.mat").write_bytes(b"no photo")
    counted = dataset("stats", folder, "--json")
    assert counted.exit_code == 1
    figures = json.loads(counted.stdout)
    assert figures["photos"] == 3
    assert figures["unreadable"].keys() == {"0007", "0008"}
    assert figures["alone"] == ["pixel-level/0009.mat"]
    assert "0007.jpg cannot be read" in counted.stderr
    assert "0008.mat" in counted.stderr
    told = dataset("stats", folder)
    assert "alone, so not used: pixel-level/0009.mat" in told.stdout
    assert told.stderr.count("left out:") == 2
    shown = dataset("show", folder, "--out", tmp_path / "sheet.png")
    assert shown.exit_code == 1
    assert "0007.jpg cannot be read" in shown.stderr
    assert sheet_at(tmp_path / "sheet.png").shape[1] == 4 * WIDTH


def test_a_sheet_shows_photos_beside_their_labels(folder: Path, tmp_path: Path) -> None:
    done = dataset("show", folder, "--out", tmp_path / "sheet.png", "--classes", "4")
    assert (done.exit_code, done.stdout) == (0, f"{tmp_path}/sheet.png: 4 photos\n")
    sheet = sheet_at(tmp_path / "sheet.png")
    # Three classes occur, so the legend has three entries, in one row.
    assert sheet.shape == (HEIGHT + ENTRY_HW[0], 4 * WIDTH, 3)
    left, top = MARGIN + PICTURE_HW[1], MARGIN + CAPTION_HEIGHT
    heights = [top + int(PICTURE_HW[0] * part) for part in (0.17, 0.5, 0.83)]
    assert (sheet[heights, left // 2] == 90).all()
    # 0001 is background, skin and a dress; 0002 background, skin and a bag.
    for tile in range(2):
        middles = sheet[heights, tile * WIDTH + left + PICTURE_HW[1] // 2]
        assert middles.tolist() == [list(PALETTE[label]) for label in (0, 1, 3)]


def test_only_photos_with_a_garment_are_shown(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "bags.png"
    assert dataset("show", folder, "--out", out, "--only", "bag").stdout.endswith("2 photos\n")
    assert sheet_at(out).shape[1] == 2 * WIDTH
    none = dataset("show", folder, "--out", tmp_path / "none.png", "--only", "tie")
    assert none.exit_code == 1
    assert "'tie'" in none.stderr
    assert not (tmp_path / "none.png").exists()


def test_photos_are_picked_by_ids_limit_and_seed(folder: Path, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("0002\n0001\n")
    out = tmp_path / "sheet.png"
    assert dataset("show", folder, "--out", out, "--ids", ids).stdout.endswith("2 photos\n")
    picked = {}
    for seed in (1, 1, 2, 3, 4, 5):
        assert dataset("show", folder, "--out", out, "--limit", 1, "--seed", seed).exit_code == 0
        sheet = out.read_bytes()
        assert picked.setdefault(seed, sheet) == sheet
    assert len(set(picked.values())) > 1


def test_a_split_is_printed_and_kept_to(folder: Path) -> None:
    done = dataset("split", folder, "--count", 2)
    assert done.exit_code == 0
    assert done.stdout == dataset("split", folder, "--count", 2).stdout
    ids = done.stdout.split()
    assert len(ids) == 2
    assert len(dataset("split", folder).stdout.split()) == 1
    (folder / "validation.txt").write_text(done.stdout)
    figures = json.loads(dataset("stats", folder, "--json").stdout)
    assert figures["validation"] == len(set(ids) - {"0003"})
    assert "none to train" in str(dataset("split", folder, "--count", 4).exception)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("show", "--out", "sheet.gif"), ".png or .jpg"),
        (("show", "--out", "sheet.png", "--classes", "30"), "29"),
        (("show", "--out", "sheet.png", "--only", "handbag"), "handbag"),
        (("show", "--out", "sheet.png", "--limit", "0"), "--limit"),
        (("stats", "--classes", "3"), "59"),
    ],
)
def test_wrong_usage_is_exit_code_2(folder: Path, words: tuple[str, ...], told: str) -> None:
    done = dataset(words[0], folder, *words[1:])
    assert done.exit_code == 2
    assert told in done.stderr
