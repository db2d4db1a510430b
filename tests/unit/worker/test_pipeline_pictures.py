"""Which pictures the pipeline keeps of a person: heads, pieces, outfits, sizes, and their keys."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from shared.catalogue.pieces import Pieces
from shared.contracts.jobs import Claim
from shared.contracts.results import PictureResult, Region
from shared.settings import get_settings
from tests.support.concluding_pipeline import CLAIM, watched
from tests.support.figure import MIDDLE, figure, segments
from worker.analysis.analysis import Analysis
from worker.analysis.analyzer import Findings
from worker.imaging.canvas import GREY
from worker.imaging.regions import CLOTHES
from worker.pipeline import PIPELINE_VERSION, Inference, Loaded
from worker.stages.decoding.decoded import Decoded
from worker.stages.fetch import Fetched, Fetcher
from worker.stages.mask import SubjectMask

OUTFIT = replace(CLAIM, category="Suits")


def kept(folder: Path, claim: Claim = OUTFIT, **wanted: Any) -> tuple[PictureResult, Analysis]:
    """What becomes of a figure, every pixel of it noise, and what an observer sees.

    She holds up a bag, so that the crop reaches above her face.
    """
    plain, labels = figure()
    labels[12:60, MIDDLE + 60 : MIDDLE + 90] = CLOTHES
    pixels = np.random.default_rng(0).integers(0, 256, (*labels.shape, 3), np.uint8)
    seen: list[Analysis] = []
    settings = get_settings(**({"store": "cutout,outfit,crop,thumbnail"} | wanted))
    with Fetcher(settings) as fetcher:
        pipeline = watched(fetcher, folder, settings, seen)
        loaded = Loaded(claim, Fetched(b"", "ab" * 32, "image/png", claim.url), Decoded(pixels), {})
        subject = SubjectMask(labels > 0, 0.5, (12, 58, 500, 210), "person")
        findings = Findings(subject, segments(plain, labels), {})
        return pipeline.finish(Inference(loaded, findings)), seen[0]


def pictures_of_the_face(folder: Path, result: PictureResult, seen: Analysis) -> list[np.ndarray]:
    """The face in the stored crop and cut-out, and as an observer may show it: int (60, 16, C)."""
    top, left, bottom, right = seen.crops.box_yxyx
    face = np.s_[26 - top : 86 - top, MIDDLE - 8 - left : MIDDLE + 8 - left]
    stored = [
        cv2.imread(str(folder / key), cv2.IMREAD_UNCHANGED)
        for key in (result.keys.crop, result.keys.cutout)
    ]
    shown = seen.shown[top:bottom, left:right]
    return [picture[face].astype(int) for picture in (*stored, shown)]


def detail(picture: np.ndarray) -> float:
    """The mean step from a pixel to the next one down; in noise some 85."""
    return float(np.abs(np.diff(picture[..., :3], axis=0)).mean())


def test_faces_are_stored_unless_heads_are_to_be_hidden(tmp_path: Path) -> None:
    result, seen = kept(tmp_path)
    crop, _, shown = pictures_of_the_face(tmp_path, result, seen)
    assert min(detail(crop), detail(shown)) > 60


def test_of_a_blurred_head_no_stored_or_shown_picture_has_any_detail(tmp_path: Path) -> None:
    result, seen = kept(tmp_path, heads="blur")
    assert max(detail(face) for face in pictures_of_the_face(tmp_path, result, seen)) < 2
    thumbnail = cv2.imread(str(tmp_path / result.keys.thumbnail))
    scale = thumbnail.shape[0] / seen.crops.crop.shape[0]
    top = seen.crops.box_yxyx[0]
    face = thumbnail[round((28 - top) * scale) : round((84 - top) * scale)].astype(int)
    middle = face.shape[1] // 2
    assert detail(face[:, middle - 3 : middle + 3]) < 3


def test_of_a_cut_head_no_stored_or_shown_picture_has_a_pixel(tmp_path: Path) -> None:
    result, seen = kept(tmp_path, heads="cut")
    crop, cutout, shown = pictures_of_the_face(tmp_path, result, seen)
    assert (shown == GREY).all()
    assert np.abs(crop - GREY).max() <= 2  # a JPEG's own noise
    assert not cutout.any()


def test_keys_tell_what_became_of_heads(tmp_path: Path) -> None:
    held = replace(CLAIM, staged_batch=7)
    folders = {
        (heads, claim.staged_batch): kept(tmp_path, claim, heads=heads)[0].keys.cutout.split("/")[0]
        for heads in ("keep", "blur", "cut")
        for claim in (CLAIM, held)
    }
    assert len(set(folders.values())) == 6
    assert folders["keep", None] == PIPELINE_VERSION
    assert folders["blur", None] == f"{PIPELINE_VERSION}-blur"


def test_colours_of_people_are_left_out_where_they_are_not_to_be_kept(tmp_path: Path) -> None:
    with_people, _ = kept(tmp_path)
    without, seen = kept(tmp_path, keep_people=False)
    assert with_people.shades[Region.SKIN]
    assert with_people.shades[Region.HAIR]
    assert {region for region, shades in without.shades.items() if shades} == {Region.CLOTHES}
    assert set(seen.shades) == {Region.CLOTHES}
    assert without.shades[Region.CLOTHES] == with_people.shades[Region.CLOTHES]


def test_the_category_chooses_the_piece_whose_colours_are_stored(tmp_path: Path) -> None:
    whole, _ = kept(tmp_path, replace(CLAIM, category="Suits"))
    shoes, _ = kept(tmp_path, replace(CLAIM, category="Damen/Schuhe"))
    assert (whole.piece, shoes.piece) == (None, "shoes")
    assert whole.keys.cutout.endswith("/outfit.webp")
    assert whole.keys.outfit is None
    assert shoes.keys.cutout.endswith("/shoes.webp")
    assert shoes.keys.outfit == whole.keys.cutout
    assert shoes.provenance.stored == ("cutout", "outfit", "crop", "thumbnail")
    assert whole.provenance.stored == ("cutout", "crop", "thumbnail")
    assert shoes.provenance.pieces_version == Pieces.load(get_settings().pieces).version
    assert (shoes.provenance.read_as, shoes.provenance.read_from) == ("shoes", "category")
    assert (whole.provenance.read_as, whole.provenance.read_from) == ("whole", "category")


def test_the_title_chooses_the_piece_where_the_category_does_not(tmp_path: Path) -> None:
    boots, _ = kept(tmp_path, replace(CLAIM, category="Sale", title="Chelsea boots with zip"))
    assert boots.piece == "shoes"
    assert (boots.provenance.read_as, boots.provenance.read_from) == ("shoes", "title")


def test_by_default_a_piece_and_the_outfit_around_it_are_stored(tmp_path: Path) -> None:
    settings = get_settings()
    assert (settings.store, settings.cutout_format) == (("cutout", "outfit"), "webp")
    shoes, seen = kept(tmp_path, replace(CLAIM, category="Shoes"), store=settings.store)
    assert (shoes.keys.crop, shoes.keys.thumbnail) == (None, None)
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 2
    assert seen.outfit is not None
    top, left, bottom, right = seen.outfit.box_yxyx
    inner = seen.crops.box_yxyx
    assert top < inner[0]
    assert left <= inner[1]
    assert bottom >= inner[2]
    assert right >= inner[3]
    assert np.count_nonzero(seen.cutout[..., 3]) < np.count_nonzero(seen.outfit.cutout[..., 3]) / 5


def test_an_outfit_that_nobody_stores_is_not_cut(tmp_path: Path) -> None:
    claim = replace(CLAIM, category="Shoes")
    both, beside = kept(tmp_path / "both", claim, store="cutout,outfit")
    alone, seen = kept(tmp_path / "alone", claim, store="cutout")
    assert (seen.outfit, seen.is_part, alone.keys.outfit) == (None, True, None)
    assert alone.keys.cutout == both.keys.cutout
    assert np.array_equal(seen.cutout, beside.cutout)
    stored = [path for path in (tmp_path / "alone").rglob("*") if path.is_file()]
    assert [path.name for path in stored] == ["shoes.webp"]


def test_a_piece_that_is_not_there_leaves_the_outfit_to_be_shown(tmp_path: Path) -> None:
    ties, seen = kept(tmp_path, replace(CLAIM, category="Ties"))
    assert "piece_not_found" in ties.warnings
    assert ties.keys.cutout.endswith("/outfit.webp")
    assert (ties.keys.outfit, seen.outfit) == (None, None)


def test_staged_results_of_another_size_or_format_have_keys_of_their_own(tmp_path: Path) -> None:
    held = replace(CLAIM, staged_batch=7)
    folders = {
        kept(tmp_path, held, **wanted)[0].keys.cutout.split("/")[0]
        for wanted in ({}, {"crop_side": 100}, {"cutout_format": "png"})
    }
    assert len(folders) == 3


def test_a_photo_over_the_cap_is_cut_and_stored_at_its_size(tmp_path: Path) -> None:
    whole, crops = kept(tmp_path / "whole", crop_side=512)[1], []
    result, seen = kept(tmp_path, crop_side=128)
    expected = tuple(round(length / 4) for length in whole.cutout.shape[:2])
    assert seen.cutout.shape[:2] == expected
    for key in (result.keys.cutout, result.keys.crop):
        crops.append(cv2.imread(str(tmp_path / str(key))).shape[:2])
    assert crops == [expected, expected]
    assert seen.box_yxyx == whole.box_yxyx
