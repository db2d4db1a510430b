"""The analyzer with networks whose answers are known."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shared.contracts.results import Pattern, Region
from shared.contracts.stages import Code, Stage
from shared.errors import ColourwayError, NoPersonError
from shared.settings import get_settings
from tests.support.figure import figure, segments
from tests.support.painted import (
    SCORE,
    SIZE_HW,
    nobody,
    painted_analyzer,
    painted_person,
    person_labels,
    product_alone,
)
from worker.analysis.analyzer import Analyzer, Findings
from worker.imaging.palette import paint_labels
from worker.stages.decoding.decoded import Decoded
from worker.stages.mask import SubjectMask


def test_a_person_from_a_file_to_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "person.png"
    Image.fromarray(painted_person()).save(path)
    result = painted_analyzer().analyze(path)
    assert [shade.hex for shade in result.colours] == ["#0000ff"]
    assert [shade.family for shade in result.colours] == ["blue"]
    assert [shade.hex for shade in (*result.skin, *result.hair)] == ["#ff0000", "#00ff00"]
    assert (result.subject, result.score, result.pattern) == ("person", SCORE, Pattern.PLAIN)
    # The painter saw the box, enlarged: at edges two paints blend.
    assert result.region_confidence == pytest.approx(dict.fromkeys(Region, 1.0), abs=0.06)
    assert result.confidence == pytest.approx(SCORE, abs=0.05)
    assert (result.piece, result.warnings) == ("top", ("piece_guessed",))
    assert (result.size_hw, result.subject_box_yxyx) == (SIZE_HW, (10, 32, 118, 64))
    assert set(result.timings_ms) == {"mask", "grey_fill", "segment", "colours", "crop"}
    assert str(result.colours).startswith("#0000ff  ")
    assert repr(result).startswith("<Analysis: person, top, 100 % ")
    assert f"confidence {result.confidence:.2f}" in repr(result)


def test_masks_cover_each_region_and_the_piece() -> None:
    result, labels = painted_analyzer().analyze(painted_person()), person_labels()
    assert result.masks.keys() == {"clothes", "skin", "hair", "person", "piece"}
    assert all(mask.shape == SIZE_HW and mask.dtype == bool for mask in result.masks.values())
    assert np.array_equal(result.masks["hair"], labels == 2)
    assert np.array_equal(result.masks["person"], labels > 0)
    assert not (result.masks["piece"] & ~result.masks["clothes"]).any()
    assert 0 < result.masks["piece"].sum() < result.masks["clothes"].sum()


def test_cutout_and_crop_are_the_part_of_the_picture_that_the_box_names() -> None:
    pixels = painted_person()
    result = painted_analyzer().analyze(pixels)
    top, left, bottom, right = result.box_yxyx
    assert np.array_equal(result.crop, pixels[top:bottom, left:right])
    assert result.cutout.shape == (bottom - top, right - left, 4)
    assert result.cutout.dtype == np.uint8
    inside = result.cutout[..., 3] == 255
    assert (result.cutout[inside][:, :3] == (0, 0, 255)).all()


def test_a_product_alone_is_a_packshot_without_a_person() -> None:
    result = painted_analyzer().analyze(product_alone(), category="shoes")
    assert (result.subject, result.piece) == ("packshot", None)
    assert not result.masks["person"].any()
    assert result.masks["piece"].sum() == pytest.approx(50 * 40, rel=0.1)
    assert result.colours[0].hex == "#007878"
    assert (result.skin, result.hair) == ((), ())


def test_the_category_chooses_the_piece_that_colours_and_mask_are_of() -> None:
    pixels, labels = figure()
    subject = SubjectMask(labels > 0, 0.5, (20, 58, 500, 182), "person")
    findings = Findings(subject, segments(pixels, labels), {})
    whole = painted_analyzer().conclude(Decoded(pixels), findings, "Suits")
    shoes = painted_analyzer().conclude(Decoded(pixels), findings, "Damen/Schuhe")
    assert (whole.piece, shoes.piece) == (None, "shoes")
    assert shoes.colours[0].hex == "#141414"
    assert 0 < shoes.masks["piece"].sum() < whole.masks["piece"].sum() / 5
    assert np.array_equal(shoes.masks["clothes"], whole.masks["clothes"])
    assert ", shoes, " in repr(shoes)


def test_a_striped_packshot_has_a_pattern_with_its_ground_and_print() -> None:
    pixels = product_alone()
    product = (pixels == (0, 120, 120)).all(axis=2)
    rows = np.arange(len(pixels))[:, None] % 12 < 4
    pixels[product & rows] = (240, 240, 60)
    result = painted_analyzer().analyze(pixels)
    assert (result.subject, result.pattern) == ("packshot", Pattern.STRIPED)
    assert [shade.hex for shade in result.ground] == ["#007878"]
    assert [shade.hex for shade in result.print] == ["#f0f03c"]
    assert result.to_json()["ground"] == [result.ground[0].name]
    assert result.colours == (*result.ground, *result.print)


def test_nobody_is_an_error_of_its_own() -> None:
    with pytest.raises(NoPersonError) as caught:
        painted_analyzer().analyze(nobody())
    assert isinstance(caught.value, ColourwayError)
    assert (caught.value.stage, caught.value.code) == (Stage.MASK, Code.NO_PERSON)
    assert caught.value.retry is False


def test_a_person_without_clothes_is_nobody_too() -> None:
    bare = np.where(person_labels() == 3, 1, person_labels()).astype(np.uint8)
    with pytest.raises(NoPersonError, match="no clothes"):
        painted_analyzer().analyze(paint_labels(bare))


def test_settings_decide_what_is_kept_of_people() -> None:
    result = painted_analyzer(keep_people=False).analyze(painted_person())
    assert (result.skin, result.hair) == ((), ())
    assert result.shades.keys() == {Region.CLOTHES}


def test_json_holds_everything_but_the_pixels() -> None:
    told = json.loads(json.dumps(painted_analyzer().analyze(painted_person()).to_json()))
    assert told["colours"][0]["hex"] == "#0000ff"
    assert (told["pattern"], told["ground"], told["print"]) == ("plain", [], [])
    assert (told["subject"], told["piece"]) == ("person", "top")
    assert told["warnings"] == ["piece_guessed"]
    assert told["size_hw"] == list(SIZE_HW)
    assert set(told["region_confidence"]) == {"clothes", "skin", "hair"}


def test_the_picture_that_is_given_is_not_changed() -> None:
    pixels = painted_person()
    painted_analyzer(heads="cut", white_balance="backdrop").analyze(pixels)
    assert np.array_equal(pixels, painted_person())


def test_several_threads_get_what_one_gets() -> None:
    analyzer = painted_analyzer()
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(analyzer.analyze, [painted_person(), product_alone()] * 8)
    assert [result.subject for result in found] == ["person", "packshot"] * 8


def test_settings_and_single_overrides_are_not_mixed() -> None:
    with pytest.raises(TypeError, match="not both"):
        Analyzer.load(get_settings(), heads="cut")


def enlarged(pixels: np.ndarray, times: int) -> np.ndarray:
    return np.ascontiguousarray(pixels.repeat(times, 0).repeat(times, 1))


@pytest.mark.parametrize("heads", ["keep", "cut"])
def test_a_large_photo_is_analysed_small_and_answered_in_its_own_pixels(heads: str) -> None:
    times = 12
    small = painted_analyzer(heads=heads).analyze(painted_person())
    large = painted_analyzer(heads=heads, crop_side=400).analyze(enlarged(painted_person(), times))
    assert large.segments.labels.shape == (1024, 768)
    assert large.size_hw == (128 * times, 96 * times)
    assert large.subject_box_yxyx == tuple(times * edge for edge in small.subject_box_yxyx)
    for name, mask in large.masks.items():
        assert mask.shape == large.size_hw
        differ = mask != enlarged(small.masks[name], times)
        assert np.count_nonzero(differ) < 0.01 * mask.size
    assert [shade.hex for shade in large.colours] == [shade.hex for shade in small.colours]
    top, left, bottom, right = large.box_yxyx
    assert large.box_yxyx == pytest.approx([times * edge for edge in small.box_yxyx], abs=times)
    assert large.cutout.shape[0] == round((bottom - top) * 400 / large.size_hw[0])
    assert large.crop.shape[0] / large.crop.shape[1] == pytest.approx(
        (bottom - top) / (right - left), rel=0.01
    )
    assert large.shown.shape == (*large.size_hw, 3)


def test_up_to_the_working_size_nothing_is_resampled() -> None:
    pixels = enlarged(painted_person(), 8)
    result = painted_analyzer().analyze(pixels)
    assert result.segments.labels.shape == (1024, 768)
    assert np.array_equal(result.masks["clothes"], result.segments.labels == 3)
    assert result.shown is pixels


def test_a_jpeg_far_larger_than_is_wanted_is_decoded_at_a_part_of_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.jpg"
    Image.fromarray(enlarged(painted_person(), 24)).save(path, exif=turned_by(6))
    result = painted_analyzer(crop_side=384).analyze(path)
    assert result.shown.shape == (1152, 1536, 3)
    assert result.size_hw == (96 * 24, 128 * 24)
    assert result.masks["person"].shape == result.size_hw
    top, left, bottom, right = result.subject_box_yxyx
    assert 0 <= top < bottom <= result.size_hw[0]
    assert 0 <= left < right <= result.size_hw[1]
    assert bottom - top == pytest.approx(32 * 24, abs=12)


def turned_by(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif
