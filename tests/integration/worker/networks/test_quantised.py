"""The bundled networks in int8: made from these weights and this code, and nearly as exact."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from typer.testing import CliRunner

from colourway.cli import app
from worker.analysis.analyzer import Analyzer
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


def test_it_sees_what_single_precision_sees() -> None:
    """It would not, had the code of the networks or the weights changed since it was made."""
    for found, exact in zip(regions_in("int8"), regions_in("float32"), strict=True):
        assert np.mean(found == exact) > 0.99


PAINTED = """
import sys
import numpy as np
from shared.settings import get_settings
from worker.analysis.networks import load_generator
from worker.imaging.canvas import make_fit, onto_canvas
from worker.lookbook.look import render

generator, _ = load_generator(get_settings(), "int8")
pixels = render(0, "figure", size_hw=(600, 400)).pixels
painted = generator(onto_canvas(pixels, make_fit(pixels.shape[:2], generator.size_hw))[None])
np.savez(sys.argv[1], **painted)
"""


def painted_with(newest: str, folder: Path) -> dict[str, npt.NDArray[np.uint8]]:
    """What is painted where oneDNN is told to use no newer instructions than these."""
    to = folder / f"{newest}.npz"
    told = {"COLOURWAY_CACHE": str(folder / newest), "ONEDNN_MAX_CPU_ISA": newest}
    subprocess.run([sys.executable, "-c", PAINTED, to], check=True, env=os.environ | told)
    with np.load(to) as painted:
        return dict(painted)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="AVX2 is of x86-64")
def test_a_processor_without_vnni_paints_the_same(tmp_path: Path) -> None:
    newer, oldest = (painted_with(each, tmp_path) for each in ("AVX512_CORE_VNNI", "AVX2"))
    assert set(newer) == {"painting", "parts"}
    for name, picture in newer.items():
        assert np.array_equal(picture, oldest[name]), name


@pytest.mark.skipif(platform.machine() != "x86_64", reason="AVX2 is of x86-64")
def test_the_newest_instructions_paint_nearly_the_same(tmp_path: Path) -> None:
    """AMX rounds some sums otherwise; an overflow would move whole regions."""
    newest, oldest = (painted_with(each, tmp_path) for each in ("DEFAULT", "AVX2"))
    for name, picture in newest.items():
        off = np.abs(picture.astype(int) - oldest[name])
        assert off.mean() < 0.1, name
        assert np.mean(off > 8) < 0.005, name


CORRECTED = """
import sys
import numpy as np
from shared.catalogue.pieces import Piece
from shared.settings import get_settings
from worker.analysis.analyzer import Analyzer
from worker.analysis.networks import load_worn_piece
from worker.imaging.worn_piece import find_worn
from worker.lookbook.look import render
from worker.stages.decoding.decoded import Decoded

analyzer = Analyzer.load(precision="float32")
corrector, _ = load_worn_piece(get_settings(), sys.argv[2])
found = {}
for seed in range(2):
    pixels = render(seed, "figure", size_hw=(600, 400)).pixels
    segments = analyzer.infer(Decoded(pixels), {}).segments
    for piece in Piece:
        worn = find_worn(segments.parts, segments.labels, piece, corrector)
        if worn is not None:
            found[f"{seed} {piece}"] = worn.mask
np.savez(sys.argv[1], **found)
"""


def pieces_found_with(
    precision: str, newest: str, folder: Path
) -> dict[str, npt.NDArray[np.bool_]]:
    """Pieces of two drawn figures as the network for pieces finds them with these instructions."""
    to = folder / f"{precision}-{newest}.npz"
    told = {"COLOURWAY_CACHE": str(folder / newest), "ONEDNN_MAX_CPU_ISA": newest}
    line = [sys.executable, "-c", CORRECTED, to, precision]
    subprocess.run(line, check=True, env=os.environ | told)
    with np.load(to) as found:
        return dict(found)


@pytest.mark.skipif(platform.machine() != "x86_64", reason="AVX2 is of x86-64")
def test_pieces_are_found_alike_in_int8_and_with_old_instructions(tmp_path: Path) -> None:
    exact = pieces_found_with("float32", "DEFAULT", tmp_path)
    assert len(exact) >= 5
    for newest in ("DEFAULT", "AVX2"):
        found = pieces_found_with("int8", newest, tmp_path)
        assert found.keys() == exact.keys()
        for name, mask in found.items():
            common, either = (mask & exact[name]).sum(), (mask | exact[name]).sum()
            assert common > 0.9 * either, (newest, name)
