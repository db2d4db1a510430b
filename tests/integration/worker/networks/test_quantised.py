"""The bundled networks in int8: made from these weights and this code, and nearly as exact."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from colourway.cli import app
from shared.settings import get_settings
from worker.analysis.analyzer import Analyzer
from worker.analysis.precision import precision_of
from worker.imaging.regions import LabelMap
from worker.lookbook.look import render
from worker.networks.weights.manifest import BUNDLED, adopt, read_manifest, verify
from worker.stages.decoding.decoded import Decoded

LOOKS = [render(seed, "figure", size_hw=(600, 400)) for seed in range(4)]


def test_every_bundled_network_has_a_whole_int8_form() -> None:
    for entry in read_manifest().values():
        assert entry.quantised is not None, f"{entry.network}: run `colourway weights quantise`"
        verify(entry.quantised)


def test_it_goes_along_when_weights_are_adopted(tmp_path: Path) -> None:
    adopt(BUNDLED, tmp_path)
    assert all(entry.quantised for entry in read_manifest(tmp_path).values())
    for entry in read_manifest(tmp_path).values():
        verify(entry.quantised or entry)


def test_verify_names_a_damaged_one(tmp_path: Path) -> None:
    adopt(BUNDLED, tmp_path)
    (tmp_path / "pix2pix.int8.zip").write_bytes(b"damaged")
    done = CliRunner(env={"COLOURWAY_WEIGHTS": str(tmp_path)}).invoke(app, ["weights", "verify"])
    assert done.exit_code == 1
    assert "mask_rcnn int8: ok" in done.stdout
    assert f"pix2pix int8: {tmp_path / 'pix2pix.int8.zip'} has sha256" in done.stdout


def regions_in(precision: str) -> list[LabelMap]:
    analyzer = Analyzer.load(precision=precision)
    try:
        return [analyzer.infer(Decoded(look.pixels), {}).segments.labels for look in LOOKS]
    finally:
        analyzer.close()


@pytest.mark.parametrize("precision", ["int8", "mixed"])
def test_it_sees_what_single_precision_sees(precision: str) -> None:
    """It would not, had the code of the networks or the weights changed since it was made."""
    chosen = precision_of(get_settings(precision="auto"))
    if chosen not in ("int8", precision):
        pytest.skip("this processor does not multiply bytes (VNNI, or AVX2 for the person network)")
    for found, exact in zip(regions_in(precision), regions_in("float32"), strict=True):
        assert np.mean(found == exact) > 0.98
