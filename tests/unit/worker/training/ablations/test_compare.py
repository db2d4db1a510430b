"""Ablations: each differs in one thing; results are kept, told and drawn."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from worker.commands.train import train_app
from worker.training.ablations.compare import BASE, AblationRuns, Budget, ablations
from worker.training.ablations.report import draw_bars, tables
from worker.training.data.fills import FILLS
from worker.training.recipe import LOSSES, Recipe
from worker.training.runs import Data

SIZE = (256, 256)
FIGURES = {
    "mean_iou": 0.9,
    "found_mean_iou": 0.8,
    "found_skin": 0.71,
    "found_hair": 0.62,
    "found_clothes": 0.88,
    "found_classes": 0.3,
    "found_agreement": 0.99,
}


def result(name: str, group: str, **figures: float) -> dict[str, Any]:
    return {
        "name": name,
        "group": group,
        "step_s": 1.5,
        "parameters": 3_200_000,
        "figures": FIGURES | figures,
    }


def test_each_differs_from_the_base_in_what_its_group_says() -> None:
    base, *others = ablations(SIZE)
    assert base.recipe == Recipe(size_hw=SIZE)
    assert len({ablation.name for ablation in others}) == len(others)
    fields = {"losses": {"losses"}, "classes": {"classes"}, "fills": {"fill"}}
    # The classic generator cannot learn from labels: it comes with the losses published with it.
    fields["networks"] = {"network", "losses"}
    for ablation in others:
        ours, its = asdict(base.recipe), asdict(ablation.recipe)
        assert {key for key in ours if ours[key] != its[key]} == fields[ablation.group]
    assert {a.recipe.losses for a in (base, *others)} == set(LOSSES)
    assert {a.recipe.fill for a in (base, *others)} == set(FILLS)
    assert {a.recipe.classes for a in (base, *others)} == {4, 29, 59}


def test_tables_start_with_the_base() -> None:
    facts = {name: {"from_zero": 0.5, "alike": 0.25, "contrast": 21.4} for name in FILLS}
    results = [
        result(BASE, "losses"),
        result("29-classes", "classes", found_classes=0.123),
        result("fill-black", "fills", found_mean_iou=0.79),
    ]
    # Read as Markdown is: blanks around a cell do not count.
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in tables(results, facts).splitlines()
        if line.startswith("|") and "--" not in line
    ]
    regions = ["true mask", "end to end", "skin", "hair", "clothes"]
    assert rows == [
        ["", *regions, "mean IoU of all classes", "HSV = nearest"],
        ["4", "0.900", "0.800", "0.710", "0.620", "0.880", "0.300", "0.990"],
        ["29", "0.900", "0.800", "0.710", "0.620", "0.880", "0.123", "0.990"],
        ["", *regions, "from zero", "outline alike", "ΔE at the outline"],
        ["grey", "0.900", "0.800", "0.710", "0.620", "0.880", "0.50", "25%", "21"],
        ["black", "0.900", "0.790", "0.710", "0.620", "0.880", "0.50", "25%", "21"],
    ]


def test_bars_are_a_picture(tmp_path: Path) -> None:
    target = tmp_path / "new" / "bars.png"
    draw_bars([result(BASE, "losses"), result("l1", "losses")], target)
    picture = cv2.imread(str(target))
    assert picture is not None
    assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 10


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """Results of the base and of one other, as an earlier run leaves them."""
    runs = AblationRuns(Data(tmp_path, 0), tmp_path, Budget(1, 1, SIZE), "float32", None)
    for name in (BASE, "l1"):
        folder = runs.folder / name
        folder.mkdir(parents=True)
        (folder / "result.json").write_text(json.dumps(result(name, "losses")), "utf-8")
    return tmp_path


def run(*arguments: str) -> Any:
    return CliRunner().invoke(train_app, ["ablations", *arguments])


def test_what_has_a_result_is_not_trained_again(trained: Path, labelled_folder: Path) -> None:
    arguments = ["--dataset", str(labelled_folder), "--out", str(trained), "--size", "256x256"]
    arguments += ["--steps", "1", "--batch", "1", "--only", "l1"]
    before = {path.name for path in trained.rglob("*")}
    dry = run(*arguments, "--dry-run")
    assert dry.exit_code == 0
    assert "2 ablations" in dry.output
    assert "0 to be trained" in dry.output
    assert {path.name for path in trained.rglob("*")} == before
    told = run(*arguments)
    assert told.exit_code == 0
    assert "| l1  |     0.900 |      0.800 |" in told.stdout
    written = {path.name for path in trained.rglob("*")} - before
    assert written == {"results.json", "tables.md", "bars.png"}


def test_dry_run_lists_what_would_be_trained(tmp_path: Path, labelled_folder: Path) -> None:
    told = run("--dataset", str(labelled_folder), "--out", str(tmp_path), "--dry-run")
    assert told.exit_code == 0
    assert told.stdout.split() == [a.name for a in ablations(SIZE)]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "l2"], "--only l2: there are all, labels"),
        (["--size", "100x100"], "--size 100x100"),
        (["--size", "128x128"], "256x256 is the least"),
        (["--size", "big"], "--size big"),
    ],
)
def test_wrong_usage_says_what_there_is(
    labelled_folder: Path, arguments: list[str], said: str
) -> None:
    told = run("--dataset", str(labelled_folder), *arguments)
    assert told.exit_code == 2
    assert said in " ".join(told.output.replace("│", " ").split())
