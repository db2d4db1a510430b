"""The colours stage on cloths that trouble other extractors; the truth is what was drawn."""

import cv2
import numpy as np
import pytest

from shared.colour.cielab import delta_e2000, rgb_to_lab
from shared.colour.naming import Naming
from shared.contracts.results import Region, Shade
from worker.imaging.colours.sample import working_picture
from worker.imaging.regions import CLOTHES, HAIR, SKIN
from worker.stages.colours import colours, doubts
from worker.stages.decode import decode
from worker.stages.grey_fill import GREY, grey_fill

NAMING = Naming.load()
BODY = np.s_[60:340, 70:170]
FACE = np.s_[10:60, 100:140]
SKIN_RGB = (214, 166, 140)


def person(cloth: np.ndarray | tuple[int, int, int], backdrop: tuple[int, int, int]) -> tuple:
    """A face over a garment of that cloth before a backdrop; pixels and labels (360, 240)."""
    pixels = np.empty((360, 240, 3), np.uint8)
    pixels[:] = backdrop
    labels = np.zeros((360, 240), np.uint8)
    pixels[BODY], labels[BODY] = cloth, CLOTHES
    pixels[FACE], labels[FACE] = SKIN_RGB, SKIN
    return pixels, labels


def clothes(pixels: np.ndarray, labels: np.ndarray) -> tuple[Shade, ...]:
    return colours(working_picture(pixels, labels), NAMING)[Region.CLOTHES]


def far(shade: Shade, rgb: tuple[int, int, int]) -> float:
    return float(delta_e2000(shade.lab, rgb_to_lab(np.array(rgb, np.uint8))))


def lit(rgb: tuple[int, int, int], seed: int = 1, low: float = 0.7) -> np.ndarray:
    """Cloth with soft folds, (280, 100, 3): linear light between ``low`` and 1."""
    field = np.random.default_rng(seed).normal(size=(280, 100)).astype(np.float32)
    folds = cv2.GaussianBlur(field, (0, 0), sigmaX=6, sigmaY=20)
    light = 1 - (1 - low) * np.clip(np.abs(folds) / folds.std() / 2, 0, 1)
    return np.rint(np.array(rgb) * light[..., None] ** (1 / 2.2)).astype(np.uint8)


@pytest.mark.parametrize(
    ("rgb", "family"),
    [((255, 255, 255), "white"), ((0, 0, 0), "black"), ((252, 252, 252), "white")],
)
@pytest.mark.parametrize("backdrop", [(255, 255, 255), (0, 0, 0), (128, 128, 128)])
def test_all_white_and_all_black(rgb: tuple, family: str, backdrop: tuple) -> None:
    (shade,) = clothes(*person(rgb, backdrop))
    assert (shade.family, shade.share) == (family, 1.0)
    assert far(shade, rgb) < 0.5


def test_a_white_shirt_on_a_white_backdrop_stays_white_with_folds() -> None:
    (shade,) = clothes(*person(lit((246, 245, 243)), (250, 250, 250)))
    assert shade.family == "white"
    assert far(shade, (246, 245, 243)) < 3


def test_a_grey_coat_is_as_grey_as_the_fill_and_is_found_all_the_same() -> None:
    pixels, labels = person(GREY, (200, 60, 60))
    filled = grey_fill(pixels, labels > 0)
    for seen in (pixels, filled):
        (shade,) = clothes(seen, labels)
        assert (shade.hex, shade.family) == ("#808080", "grey")


@pytest.mark.parametrize("rgb", [(230, 218, 196), (240, 240, 238), (28, 28, 30), (150, 150, 152)])
def test_the_fill_tints_no_cloth(rgb: tuple[int, int, int]) -> None:
    pixels, labels = person(lit(rgb), (255, 0, 255))
    whole, filled = clothes(pixels, labels), clothes(grey_fill(pixels, labels > 0), labels)
    assert filled == whole
    assert far(whole[0], rgb) < 3


def test_of_a_transparent_picture_the_hidden_colours_are_no_cloth() -> None:
    """Behind alpha 0 a file may hold any colour; here it is magenta."""
    pixels, labels = person((30, 60, 160), (255, 0, 255))
    alpha = np.where(labels > 0, 255, 0).astype(np.uint8)
    content = cv2.imencode(".png", np.dstack([pixels[..., ::-1], alpha]))[1].tobytes()
    decoded = decode(content, 10**6)
    assert (decoded[labels == 0] != (255, 0, 255)).any(axis=1).all()
    wider = labels.copy()
    wider[50:350, 60:180] = np.where(labels[50:350, 60:180] == 0, CLOTHES, wider[50:350, 60:180])
    shades = clothes(decoded, wider)
    assert far(shades[0], (30, 60, 160)) < 1
    assert all(far(shade, (255, 0, 255)) > 20 for shade in shades)


def test_leopard_has_its_ground_first_and_its_spots_after_it() -> None:
    ground, spot = (200, 160, 105), (58, 38, 26)
    field = np.random.default_rng(4).normal(size=(280, 100)).astype(np.float32)
    field = cv2.GaussianBlur(field, (0, 0), 4)
    cloth = np.where((field > 0.5 * field.std())[..., None], spot, ground).astype(np.uint8)
    shades = clothes(*person(cloth, (240, 240, 240)))
    assert far(shades[0], ground) < 2
    assert min(far(shade, spot) for shade in shades) < 6
    assert shades[0].share == pytest.approx(float((cloth == ground).all(axis=2).mean()), abs=0.08)


def test_denim_is_one_blue_though_it_is_faded() -> None:
    rng = np.random.default_rng(6)
    fade = np.linspace(0, 1, 100)[None, :, None]
    cloth = np.array((58, 84, 124)) * (1 - 0.35 * fade) + np.array((140, 165, 196)) * 0.35 * fade
    cloth = np.clip(cloth + rng.normal(0, 9, (280, 100, 1)), 0, 255).astype(np.uint8)
    (shade,) = clothes(*person(cloth, (230, 230, 230)))
    assert shade.family in {"blue", "navy"}
    assert far(shade, (76, 102, 140)) < 7


def test_the_shine_of_metallic_cloth_is_no_second_colour() -> None:
    """Gold lamé: the highlights fade into the cloth, and share its hue."""
    cloth = lit((178, 132, 40), seed=9, low=0.35).astype(float)
    y, x = np.mgrid[0:280, 0:100]
    shine = np.clip(np.sin(x / 7 + np.sin(y / 30)), 0, 1)[..., None] ** 3
    cloth = np.clip(cloth * (1 - 0.5 * shine) + 0.5 * shine * 255, 0, 255).astype(np.uint8)
    shades = clothes(*person(cloth, (235, 235, 235)))
    assert shades[0].share > 0.9
    assert far(shades[0], (178, 132, 40)) < 6


def test_lace_over_skin_gives_the_lace_and_says_that_there_is_skin() -> None:
    y, x = np.mgrid[0:280, 0:100]
    holes = ((x // 6 + y // 6) % 3 == 0)[..., None]
    pixels, labels = person(np.where(holes, SKIN_RGB, (22, 22, 26)).astype(np.uint8), (240,) * 3)
    working = working_picture(pixels, labels)
    shades = colours(working, NAMING)
    assert shades[Region.CLOTHES][0].family == "black"
    assert shades[Region.CLOTHES][0].share > 0.55
    assert doubts(working, shades, 0.95) == ("skin_in_clothes",)


def test_sunglasses_and_a_clip_do_not_change_the_hair() -> None:
    pixels, labels = person((200, 30, 40), (240, 240, 240))
    hair = np.s_[2:70, 90:150]
    free = labels[hair] != SKIN
    strands = np.random.default_rng(8).normal(0, 6, (68, 60, 1))
    pixels[hair] = np.where(free[..., None], np.array((110, 74, 46)) + strands, pixels[hair])
    labels[hair] = np.where(free, HAIR, labels[hair])
    pixels[6:9, 100:140] = (12, 12, 14)  # pushed up into the hair
    pixels[40:43, 92:95] = (40, 200, 90)
    found = colours(working_picture(pixels, labels), NAMING)[Region.HAIR]
    assert found[0].name == "light brown hair"
    assert far(found[0], (124, 84, 52)) < 4
    assert len(found) <= 2
    assert all(shade.family != "green" for shade in found)


def test_skin_and_hair_have_two_colours_at_most() -> None:
    rng = np.random.default_rng(2)
    pixels = rng.integers(0, 256, (90, 90, 3)).astype(np.uint8)
    labels = np.repeat(np.array([SKIN, HAIR, CLOTHES], np.uint8), 30)[:, None].repeat(90, axis=1)
    found = colours(working_picture(pixels, labels), NAMING)
    assert len(found[Region.SKIN]) <= 2
    assert len(found[Region.HAIR]) <= 2
    assert sum(shade.share for shade in found[Region.SKIN]) == pytest.approx(1)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("scale", [0.25, 2.0])
def test_a_thumbnail_and_the_full_picture_agree_on_folds_and_dots(seed: int, scale: float) -> None:
    cloth = lit((120, 40, 70), seed)
    cloth[(np.indices((280, 100)).sum(axis=0) % 40) < 9] = (235, 225, 210)
    pixels, labels = person(cloth, (200, 190, 180))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    other = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=way)
    other_labels = cv2.resize(labels, other.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    found, rescaled = clothes(pixels, labels), clothes(other, other_labels)
    assert delta_e2000(found[0].lab, rescaled[0].lab) < 2


def test_doubts_are_told_apart() -> None:
    pixels, labels = person((30, 60, 160), (240, 240, 240))
    working = working_picture(pixels, labels)
    shades = colours(working, NAMING)
    assert doubts(working, shades, 0.95) == ()
    assert doubts(working, shades, 0.5) == ("low_confidence",)
    pixels[300:340, 70:170] = SKIN_RGB  # legs that were taken for clothes
    working = working_picture(pixels, labels)
    assert doubts(working, colours(working, NAMING), 0.5) == ("skin_in_clothes", "low_confidence")
