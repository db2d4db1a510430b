"""``colourway evaluate`` with the bundled networks on drawn figures."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from scipy.io import savemat
from typer.testing import CliRunner

from colourway.cli import app
from worker.lookbook.look import render

# Published labels that merge into background, skin, hair and clothes.
PUBLISHED = np.array([0, 41, 19, 14], np.uint8)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "labelled"
    for name in ("photos", "pixel-level"):
        (root / name).mkdir(parents=True)
    for seed in range(3):
        look = render(seed, "figure")
        bgr = cv2.cvtColor(look.pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(root / "photos" / f"{seed:04d}.jpg"), bgr)
        labels = {"groundtruth": PUBLISHED[look.labels]}
        savemat(str(root / "pixel-level" / f"{seed:04d}.mat"), labels)
    return root


def test_figures_of_the_bundled_networks(folder: Path, tmp_path: Path) -> None:
    (folder / "photos" / "0001.jpg").write_bytes(b"no picture")
    worst = tmp_path / "worst.png"
    words = ["evaluate", str(folder), "--json", "--worst", str(worst)]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1
    assert "left out: 0001: decode" in done.stderr
    figures = json.loads(done.stdout)
    assert figures["images"] == 2
    assert figures["unreadable"].keys() == {"0001"}
    assert figures["person_iou"] > 0.8
    assert figures["end_to_end"]["iou"]["clothes"] > 0.7
    assert figures["groups"]["all"]["all"]["photos"] == 2
    assert sum(group["photos"] for group in figures["groups"]["skin_tone"].values()) == 2
    assert cv2.imread(str(worst)) is not None


def test_tables_for_people(folder: Path) -> None:
    done = CliRunner().invoke(app, ["evaluate", str(folder), "--limit", "1"])
    assert done.exit_code == 0
    lines = done.stdout.splitlines()
    assert lines[0].startswith("1 photos; nobody found in 0")
    starts = [line.split("|")[1].strip() for line in lines if line.startswith("| ")]
    assert starts[:8] == [
        "region",
        "background",
        "skin",
        "hair",
        "clothes",
        "mean",
        "pixel accuracy",
        "palette agreement",
    ]
    assert {"skin tone", "hair colour", "all"} <= set(starts)


def test_wrong_usage_is_told_before_the_networks_load(folder: Path, tmp_path: Path) -> None:
    gif = CliRunner().invoke(app, ["evaluate", str(folder), "--worst", "worst.gif"])
    assert (gif.exit_code, ".png or .jpg" in gif.stderr) == (2, True)
    ids = tmp_path / "ids.txt"
    ids.write_text("0815\n")
    unknown = CliRunner().invoke(app, ["evaluate", str(folder), "--ids", str(ids)])
    assert unknown.exit_code == 1
    assert "0815" in str(unknown.exception)
