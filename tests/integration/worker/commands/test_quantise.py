"""``colourway weights quantise`` on drawn figures, and what becomes of a picture then."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from colourway.cli import app
from worker.analysis.analyzer import Analyzer
from worker.lookbook.look import render
from worker.networks.weights.manifest import (
    BUNDLED,
    adopt,
    read_entry,
    read_manifest,
    sha256_of,
    verify,
    write_manifest_entry,
)
from worker.stages.decoding.decoded import Decoded


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = tmp_path / "photos of people"
    for name in ("photos", "pixel-level"):
        (root / name).mkdir(parents=True)
    for seed in range(4):
        bgr = cv2.cvtColor(render(seed, "figure").pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(root / "photos" / f"{seed:04d}.jpg"), bgr)
        (root / "pixel-level" / f"{seed:04d}.mat").write_bytes(b"")
    (root / "validation.txt").write_text("0003\n")
    return root


def changed_a_little(folder: Path) -> dict[str, str]:
    """Make the folder's generator another than the bundled one; gives the sha256 of its weights."""
    entry = read_entry("pix2pix", folder)
    with np.load(entry.path) as file:
        arrays = dict(file)
    arrays["paints/bias"] *= np.float16(0.99)
    with entry.path.open("wb") as file:
        np.savez(file, **arrays)
    write_manifest_entry(folder, "pix2pix", entry.facts | {"sha256": sha256_of(entry.path)})
    return {name: entry.sha256 for name, entry in read_manifest(folder).items()}


def test_networks_of_ones_own_are_quantised(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    adopt(BUNDLED, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    for facts in manifest.values():
        (folder / facts.pop("int8")["file"]).unlink()
    (folder / "manifest.json").write_text(json.dumps(manifest))

    own = changed_a_little(folder)
    words = ["weights", "quantise", str(photos), "--into", str(folder)]
    done = CliRunner().invoke(app, words)

    assert done.exit_code == 0, done.output
    for name, entry in read_manifest(folder).items():
        assert entry.sha256 == own[name]
        assert entry.quantised is not None
        assert entry.quantised.facts["made_from"] == own[name]
        verify(entry.quantised)
        assert entry.quantised.facts["photos"] == 3  # the validation split is left out
        assert f"{name}: {entry.quantised.path}" in done.stdout
    look = render(9, "figure")
    analyzer = Analyzer.load(precision="int8", weights=folder)
    found = analyzer.infer(Decoded(look.pixels), {}).segments.labels
    analyzer.close()
    assert np.mean(found == look.labels) > 0.9


def test_one_network_alone_is_quantised(photos: Path, tmp_path: Path) -> None:
    folder = tmp_path / "weights"
    adopt(BUNDLED, folder)
    before = {name: entry.quantised for name, entry in read_manifest(folder).items()}
    words = ["weights", "quantise", str(photos), "--into", str(folder), "--network", "worn_piece"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    after = {name: entry.quantised for name, entry in read_manifest(folder).items()}
    assert {name for name, entry in after.items() if entry != before[name]} == {"worn_piece"}
    said = [line for line in done.stdout.splitlines() if ".int8.zip" in line]  # NNCF talks, too
    assert [line.partition(":")[0] for line in said] == ["worn_piece"]


def test_a_network_that_is_not_there_is_named(photos: Path, tmp_path: Path) -> None:
    words = ["weights", "quantise", str(photos), "--network", "pix2pixie"]
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, words)
    assert done.exit_code == 2
    assert "pix2pixie: the networks are mask_rcnn, pix2pix, worn_piece" in done.output
