"""The colours stage, on drawn pictures with known truth and on disturbed ones."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.colour.cielab import delta_e2000, rgb_to_lab
from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade
from tests.support import CCP
from worker.imaging.colours.sample import working_picture
from worker.imaging.labels.ccp import LabelledFolder
from worker.imaging.regions import CLOTHES, HAIR, SKIN
from worker.stages.colours import colours

NAMING = Naming.load()
GREY_FILL = (128, 128, 128)

label_maps = st.integers(0, 2**32 - 1).map(
    lambda seed: np.random.default_rng(seed).integers(0, 4, (14, 11)).astype(np.uint8)
)


def flat(rgb: tuple[int, int, int], label: int = CLOTHES) -> tuple[np.ndarray, np.ndarray]:
    """A square of one colour on the grey of the grey fill."""
    pixels = np.full((60, 50, 3), GREY_FILL, np.uint8)
    labels = np.zeros((60, 50), np.uint8)
    pixels[10:50, 10:40], labels[10:50, 10:40] = rgb, label
    return pixels, labels


def figure(seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """A textured jacket over trousers, with a face and hair, in front of noise."""
    noise = np.random.default_rng(seed)
    pixels = noise.integers(0, 256, (384, 256, 3)).astype(np.int64)
    labels = np.zeros((384, 256), np.uint8)
    parts = (
        (np.s_[20:50, 100:160], (60, 40, 30), HAIR),
        (np.s_[50:90, 110:150], (215, 165, 140), SKIN),
        (np.s_[90:250, 80:180], (170, 40, 50), CLOTHES),
        (np.s_[250:370, 90:170], (40, 45, 70), CLOTHES),
    )
    for part, rgb, label in parts:
        texture = noise.normal(0, 6, (*pixels[part].shape[:2], 1))
        pixels[part], labels[part] = np.rint(rgb + texture), label
    return np.clip(pixels, 0, 255).astype(np.uint8), labels


@pytest.mark.parametrize(
    ("rgb", "colour", "family"),
    [
        ((128, 128, 128), "#808080", "grey"),  # the colour of the grey fill itself
        ((255, 255, 255), "#ffffff", "white"),
        ((0, 0, 0), "#000000", "black"),
        ((216, 195, 160), "#d8c3a0", "beige"),
    ],
)
def test_a_plain_garment_is_named_and_no_background_leaks_in(
    rgb: tuple[int, int, int], colour: str, family: str
) -> None:
    found = colours(working_picture(*flat(rgb)), NAMING)
    (shade,) = found[Region.CLOTHES]
    assert (shade.hex, shade.family, shade.share) == (colour, family, 1.0)
    assert found[Region.SKIN] == found[Region.HAIR] == ()


def test_a_picture_that_is_all_garment_needs_no_background() -> None:
    pixels = np.full((30, 30, 3), 128, np.uint8)
    found = colours(working_picture(pixels, np.full((30, 30), CLOTHES, np.uint8)), NAMING)
    assert [shade.hex for shade in found[Region.CLOTHES]] == ["#808080"]


def test_without_regions_every_region_is_empty() -> None:
    found = colours(
        working_picture(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8)), NAMING
    )
    assert found == {Region.CLOTHES: (), Region.SKIN: (), Region.HAIR: ()}


def test_one_pixel_is_enough() -> None:
    pixels, labels = np.zeros((400, 400, 3), np.uint8), np.zeros((400, 400), np.uint8)
    pixels[7, 9], labels[7, 9] = (200, 30, 40), SKIN
    (shade,) = colours(working_picture(pixels, labels), NAMING)[Region.SKIN]
    assert (shade.hex, shade.share) == ("#c81e28", 1.0)


def test_every_region_has_its_own_colours() -> None:
    found = colours(working_picture(*figure()), NAMING)
    assert [shade.family for shade in found[Region.CLOTHES]] == ["red", "navy"]
    assert found[Region.CLOTHES][0].share == pytest.approx(0.62, abs=0.03)
    (hair,), (skin,) = found[Region.HAIR], found[Region.SKIN]
    assert (hair.name, hair.family, hair.family_second) == ("dark brown hair", "hair", None)
    assert (skin.name, skin.family, skin.family_second) == ("light skin", "skin", None)
    truth = rgb_to_lab(np.array((215, 165, 140), np.uint8))
    assert delta_e2000(found[Region.SKIN][0].lab, truth) < 3


def test_confidence_decides_between_two_halves() -> None:
    pixels, labels = flat((200, 30, 40))
    pixels[30:50, 10:40] = (30, 60, 160)
    confidence = np.full(labels.shape, 0.9, np.float32)
    confidence[:30] = 0.3
    found = colours(working_picture(pixels, labels, confidence), NAMING)[Region.CLOTHES]
    assert [shade.family for shade in found] == ["blue", "red"]


def test_a_shade_is_named_again_as_it_was() -> None:
    for shade in colours(working_picture(*figure()), NAMING)[Region.CLOTHES]:
        assert Shade.from_json(shade.to_json()) == shade
        assert Shade(shade.hex, shade.lab, shade.share, *NAMING.name(shade.lab)) == shade


@given(label_maps, st.integers(0, 2**32 - 1))
@settings(max_examples=30)
def test_shares_sum_to_one_in_every_region_there_is(labels: np.ndarray, seed: int) -> None:
    noise = np.random.default_rng(seed)
    pixels = noise.integers(0, 256, (*labels.shape, 3)).astype(np.uint8)
    confidence = noise.random(labels.shape, np.float32)
    found = colours(working_picture(pixels, labels, confidence), NAMING)
    for region, label in ((Region.SKIN, SKIN), (Region.HAIR, HAIR), (Region.CLOTHES, CLOTHES)):
        assert bool(found[region]) == bool((labels == label).any())
        if found[region]:
            assert sum(shade.share for shade in found[region]) == pytest.approx(1, abs=1e-9)


@given(label_maps, st.integers(0, 2**32 - 1))
@settings(max_examples=12)
def test_a_mirrored_picture_has_the_same_colours(labels: np.ndarray, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (*labels.shape, 3)).astype(np.uint8)
    found = colours(working_picture(pixels, labels), NAMING)
    assert colours(working_picture(pixels[:, ::-1], labels[:, ::-1]), NAMING) == found
    assert colours(working_picture(pixels[::-1], labels[::-1]), NAMING) == found


def test_a_mirrored_photo_has_the_same_colours() -> None:
    pixels, labels = (cv2.resize(p, None, fx=3, fy=3, interpolation=0) for p in figure())
    found = colours(working_picture(pixels, labels), NAMING)[Region.CLOTHES]
    mirrored = colours(working_picture(pixels[:, ::-1], labels[:, ::-1]), NAMING)[Region.CLOTHES]
    for one, other in zip(found, mirrored, strict=True):
        assert delta_e2000(one.lab, other.lab) < 0.3
        assert one.share == pytest.approx(other.share, abs=0.005)


@pytest.mark.parametrize("scale", [0.25, 0.5, 3.0])
def test_a_thumbnail_and_the_full_picture_agree(scale: float) -> None:
    pixels, labels = figure()
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    other = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way)
    other_labels = cv2.resize(labels, other.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    found = colours(working_picture(pixels, labels), NAMING)[Region.CLOTHES]
    rescaled = colours(working_picture(other, other_labels), NAMING)[Region.CLOTHES]
    assert delta_e2000(found[0].lab, rescaled[0].lab) < 2
    assert [shade.family for shade in rescaled] == [shade.family for shade in found]


def test_a_slightly_wrong_region_gives_the_same_primary_colour() -> None:
    pixels, labels = figure()
    wrong = np.roll(labels, (3, -3), axis=(0, 1))
    found = colours(working_picture(pixels, labels), NAMING)[Region.CLOTHES][0]
    shifted = colours(working_picture(pixels, wrong), NAMING)[Region.CLOTHES][0]
    assert shifted.family == found.family
    assert delta_e2000(found.lab, shifted.lab) < 1


@pytest.mark.skipif(not CCP.is_dir(), reason="needs the labelled photos in ../shared/ccp")
def test_on_real_photos_a_wrong_edge_and_jpeg_keep_the_primary_colour() -> None:
    """Ten photos; one may flip, where two garments are of the same size."""
    folder = LabelledFolder(CCP)
    widen = np.ones((9, 9), np.uint8)
    distances = []
    for photo_id in folder.ids()[4:500:50]:
        photo, labels = folder.photo(photo_id), folder.labels(photo_id)
        wider = cv2.dilate((labels == CLOTHES).astype(np.uint8), widen) * CLOTHES
        _, content = cv2.imencode(".jpg", photo, [cv2.IMWRITE_JPEG_QUALITY, 70])
        truth = colours(working_picture(photo, labels), NAMING)[Region.CLOTHES][0]
        found = colours(working_picture(cv2.imdecode(content, 1), wider), NAMING)[Region.CLOTHES][0]
        distances.append(float(delta_e2000(truth.lab, found.lab)))
    assert np.median(distances) < 1
    assert np.sort(distances)[-2] < 3


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected pixels \(4, 4, 3\), got \(5, 4, 3\)"):
        colours(working_picture(np.zeros((5, 4, 3), np.uint8), np.zeros((4, 4), np.uint8)), NAMING)
