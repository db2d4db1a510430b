"""An evaluation of networks whose answers are known, and its figures by hand."""

from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from shared.catalogue.pieces import Pieces
from shared.colour.naming import Naming
from shared.contracts.results import Shade
from shared.settings import get_settings
from tests.support.painted import Painter
from worker.analysis.analyzer import Analyzer
from worker.analysis.networks import Networks
from worker.evaluation.confusion import Confusion
from worker.evaluation.evaluate import Evaluation
from worker.evaluation.photo_figures import PhotoFigures, colour_figures
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.palette import paint_labels
from worker.imaging.regions import Mask, Pixels
from worker.networks.mask_rcnn.finder import Found, SubjectFinder
from worker.stages.segment import Segments

# Background, skin, hair, clothes.
PUBLISHED = np.array([0, 41, 19, 14], np.uint8)
SIZE_HW = (128, 96)


def segments(labels: list[list[int]], agreement: float = 1.0) -> Segments:
    found = np.array(labels, np.uint8)
    return Segments(found, paint_labels(found), np.ones(found.shape, np.float32), agreement)


def shade(family: str, lightness: float) -> Shade:
    return Shade("#000000", (lightness, 0.0, 0.0), 1.0, family, family)


def photo(found: Shade | None, labelled: Shade | None) -> PhotoFigures:
    return PhotoFigures("a", 1, 1, Confusion(), found, labelled)


def person() -> Pixels:
    """Hair above skin above clothes, on background."""
    labels = np.zeros(SIZE_HW, np.uint8)
    labels[10:30, 32:64], labels[30:60, 32:64], labels[60:118, 32:64] = 2, 1, 3
    return labels


def analyzer(found: Mask | None) -> Analyzer:
    """A person network that finds this, and a generator that paints what it sees."""

    def find(photos: list[Pixels]) -> list[Found | None]:
        return [None if found is None else Found(found, 1.0) for _ in photos]

    networks = Networks(cast("SubjectFinder", find), cast("Any", Painter()), {})
    return Analyzer(networks, Naming.load(), Pieces.load(), get_settings())


@pytest.fixture
def folder(tmp_path: Path) -> LabelledFolder:
    """Photos that are painted as a perfect generator would paint them."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "pixel-level").mkdir()
    for photo_id in ("0001", "0002"):
        bgr = cv2.cvtColor(paint_labels(person()), cv2.COLOR_RGB2BGR)
        # A decoder goes by content: PNG keeps the paints exact.
        path = tmp_path / "photos" / f"{photo_id}.jpg"
        path.write_bytes(cv2.imencode(".png", bgr)[1].tobytes())
        labels = {"groundtruth": PUBLISHED[person()]}
        savemat(str(tmp_path / "pixel-level" / f"{photo_id}.mat"), labels)
    return LabelledFolder(tmp_path)


def evaluated(folder: LabelledFolder, found: Mask | None) -> Evaluation:
    evaluation = Evaluation(analyzer(found))
    list(evaluation.run(folder, folder.ids()))
    return evaluation


def test_perfect_networks_are_perfect(folder: LabelledFolder) -> None:
    figures = evaluated(folder, person() > 0).figures()
    assert (figures["images"], figures["no_person"], figures["unreadable"]) == (2, 0, {})
    assert (figures["person_iou"], figures["person_iou_p5"]) == (1.0, 1.0)
    for way in ("end_to_end", "true_mask"):
        assert figures[way]["pixel_accuracy"] == 1.0
        assert figures[way]["iou"] == {"background": 1, "skin": 1, "hair": 1, "clothes": 1}
    assert figures["colour"]["family_agreement"] == 1.0
    assert figures["colour"]["delta_e2000_median"] == 0.0


def test_groups_are_measured_in_the_labelled_regions(folder: LabelledFolder) -> None:
    groups = evaluated(folder, person() > 0).figures()["groups"]
    # The paint of skin is red, of typology angle 2.8 degrees; that of hair is green.
    assert groups["skin_tone"].keys() == {"brown"}
    assert groups["hair_colour"].keys() == {"dyed"}
    assert groups["skin_tone"]["brown"]["photos"] == 2
    assert groups["skin_tone"]["brown"]["hair"] == 1.0


def test_what_the_mask_lacks_counts_against_the_person_and_the_region(
    folder: LabelledFolder,
) -> None:
    # The mask is widened before the picture is filled: it must end well below the hair.
    shoulders = person() > 0
    shoulders[:50] = False
    figures = evaluated(folder, shoulders).figures()
    assert figures["person_iou"] == pytest.approx(68 / 108)
    assert figures["end_to_end"]["iou"]["hair"] == 0.0
    assert figures["end_to_end"]["recall"]["clothes"] == 1.0
    assert figures["end_to_end"]["iou"]["clothes"] == 1.0
    assert 10 / 30 <= figures["end_to_end"]["iou"]["skin"] < 20 / 30
    assert figures["true_mask"]["mean_iou"] == 1.0


def test_a_photo_without_anybody_found_counts_as_missed(folder: LabelledFolder) -> None:
    # A backdrop that is not plain, or the person would be cut as a packshot.
    noise = np.random.default_rng(0).integers(0, 256, (*SIZE_HW, 3), np.uint8)
    for photo_id in folder.ids():
        folder.photo_path(photo_id).write_bytes(cv2.imencode(".png", noise)[1].tobytes())
    figures = evaluated(folder, None).figures()
    assert (figures["images"], figures["no_person"], figures["person_iou"]) == (2, 2, 0.0)
    assert figures["end_to_end"]["recall"]["clothes"] == 0.0
    assert "clothes" not in figures["end_to_end"]["precision"]
    assert figures["colour"]["family_agreement"] is None


def test_what_cannot_be_read_costs_itself_only(folder: LabelledFolder, tmp_path: Path) -> None:
    for photo_id in ("0003", "0004", "0005"):
        folder.photo_path(photo_id).write_bytes(folder.photo_path("0001").read_bytes())
        labels = (tmp_path / "pixel-level" / "0001.mat").read_bytes()
        (tmp_path / "pixel-level" / f"{photo_id}.mat").write_bytes(labels)
    folder.photo_path("0003").write_bytes(b"no picture")
    (tmp_path / "pixel-level" / "0004.mat").write_bytes(b"no labels")
    savemat(str(tmp_path / "pixel-level" / "0005.mat"), {"groundtruth": np.ones((3, 3), np.uint8)})
    evaluation = evaluated(folder, person() > 0)
    assert [one.photo_id for one in evaluation.photos] == ["0001", "0002"]
    reasons = evaluation.unreadable
    assert reasons.keys() == {"0003", "0004", "0005"}
    assert "decode" in reasons["0003"]
    assert "0004.mat" in reasons["0004"]
    assert "(128, 96), its labels (3, 3)" in reasons["0005"]
    assert evaluation.figures()["person_iou"] == 1.0


def test_an_evaluation_of_nothing_has_figures(folder: LabelledFolder) -> None:
    evaluation = Evaluation(analyzer(None))
    assert list(evaluation.run(folder, [])) == []
    figures = evaluation.figures()
    assert (figures["images"], figures["person_iou"]) == (0, 0.0)
    assert figures["groups"] == {"all": {}, "skin_tone": {}, "hair_colour": {}}


def test_iou_is_pooled_over_photos() -> None:
    confusion, other = Confusion(), Confusion()
    everywhere = np.ones((1, 4), bool)
    confusion.add(np.array([[0, 1, 3, 3]], np.uint8), segments([[0, 1, 3, 0]], 1.0), everywhere)
    other.add(np.array([[0, 3, 3, 3]], np.uint8), segments([[3, 3, 3, 3]], 0.5), everywhere)
    confusion += other
    figures = confusion.figures()
    assert figures["pixel_accuracy"] == 6 / 8
    assert figures["iou"] == {"background": 1 / 3, "skin": 1.0, "clothes": 4 / 6}
    assert figures["recall"] == {"background": 1 / 2, "skin": 1.0, "clothes": 4 / 5}
    assert figures["precision"] == {"background": 1 / 2, "skin": 1.0, "clothes": 4 / 5}
    assert figures["mean_iou"] == pytest.approx((1 / 3 + 1 + 4 / 6) / 3)
    assert figures["palette_agreement"] == 0.75


def test_colours_are_compared_by_family_and_difference() -> None:
    photos = [
        photo(shade("black", 10), shade("black", 10)),
        photo(shade("black", 10), shade("grey", 50)),
        photo(None, shade("grey", 50)),
        photo(shade("grey", 50), None),
    ]
    figures = colour_figures(photos)
    assert figures["family_agreement"] == pytest.approx(1 / 3)
    assert figures["delta_e2000_median"] is not None
    assert 10 < figures["delta_e2000_median"] < 40


def test_a_folder_without_clothes_has_no_colour_figures() -> None:
    assert set(colour_figures([]).values()) == {None}
