"""The tables of what families people say."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from shared.colour.cielab import hex_to_rgb, rgb_to_lab
from shared.colour.families.table import (
    COLOUR_FILE,
    FOLDER,
    KIND_FILE,
    LIGHTING_FILE,
    UNKNOWN,
    FamiliesError,
    FamilyTable,
    Presentation,
)
from shared.colour.naming import Naming

BUNDLED = FamilyTable.load()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (COLOUR_FILE, LIGHTING_FILE, KIND_FILE):
        shutil.copy(FOLDER / name, tmp_path / name)
    return tmp_path


def likeliest(code: str, shown: Presentation = UNKNOWN) -> str:
    found = BUNDLED.probabilities(rgb_to_lab(hex_to_rgb(code))[None], [shown])
    return BUNDLED.families[int(found[0].argmax())]


def test_every_family_of_the_names_is_there() -> None:
    assert set(BUNDLED.families) == set(Naming.load().families)


def test_probabilities_are_shares() -> None:
    labs = rgb_to_lab(np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8))
    found = BUNDLED.probabilities(labs, [Presentation("person", "top")] * 500)
    assert (found >= 0).all()
    assert np.allclose(found.sum(axis=1), 1)


def test_people_name_the_cloth_by_what_it_is() -> None:
    dark, denim = "#4a4748", "#414c61"
    assert likeliest(dark) == "grey"
    assert likeliest(dark, Presentation("packshot", "shoes")) == "black"
    blue = BUNDLED.families.index("blue")
    lab = rgb_to_lab(hex_to_rgb(denim))[None]
    said, of_denim = (
        BUNDLED.probabilities(lab, [Presentation("person", kind)])[0, blue]
        for kind in (None, "denim")
    )
    assert of_denim > said + 0.1


def test_what_the_table_does_not_know_says_nothing() -> None:
    lab = [[50.0, 10.0, 10.0]]
    known = BUNDLED.probabilities(lab, [UNKNOWN])
    assert np.array_equal(BUNDLED.probabilities(lab, [Presentation("moon", "hat")]), known)


def test_the_version_follows_the_content(folder: Path) -> None:
    assert FamilyTable.load(folder).version == BUNDLED.version
    kinds = folder / KIND_FILE
    kinds.write_text(kinds.read_text().replace("denim", "jeans"))
    assert FamilyTable.load(folder).version != BUNDLED.version


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        (COLOUR_FILE, "lightness", "light", "the first line must be lightness,chroma,hue"),
        (LIGHTING_FILE, "black,white", "white,black", "the first line must be lighting"),
        (KIND_FILE, "denim,", "denim,x", r"line \d+: could not convert"),
        (KIND_FILE, "denim,", "denim,1,", r"line \d+: write 16 numbers"),
        (COLOUR_FILE, "\n0,0,0,", "\n0,0,7,", "there is no point 0, 0, 7"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(
    folder: Path, name: str, old: str, new: str, message: str
) -> None:
    path = folder / name
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(FamiliesError, match=message):
        FamilyTable.load(folder)


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FamiliesError, match=r"colour\.csv: cannot read"):
        FamilyTable.load(tmp_path)
