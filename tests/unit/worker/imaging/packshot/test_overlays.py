"""What shops lay around or over a packshot comes off before it is cut."""

import cv2
import numpy as np
import pytest

from shared.colour.cielab import rgb_to_lab
from tests.unit.worker.imaging.packshot.test_cut import HEIGHT, WIDTH, draw, overlap, shirt
from worker.imaging.packshot.cut import cut
from worker.imaging.packshot.frame import Frame, find_frame, rounded_corners

NAVY = (28, 36, 70)
Rgb = tuple[int, int, int]


def frame_of(pixels: np.ndarray) -> Frame:
    return find_frame(rgb_to_lab(pixels))


@pytest.mark.parametrize("colour", [(0, 0, 0), (200, 200, 200), (225, 225, 225), (180, 20, 30)])
@pytest.mark.parametrize(("inset", "width"), [(0, 1), (0, 3), (8, 1), (5, 2)])
def test_a_frame_comes_off(colour: Rgb, inset: int, width: int) -> None:
    truth, picture = shirt(), draw(shirt(), NAVY, noise=0)
    inner = slice(inset + width, -inset - width)
    framed = picture.copy()
    framed[inset : HEIGHT - inset, inset : WIDTH - inset] = colour
    framed[inner, inner] = picture[inner, inner]
    assert overlap(cut(framed), truth) > 0.95
    depth = inset + width
    found = frame_of(framed)
    assert depth <= found.top <= depth + 2
    assert WIDTH - depth - 2 <= found.right <= WIDTH - depth


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (210, 210, 214)])
@pytest.mark.parametrize("sides", [(60, 60, 0, 0), (0, 0, 60, 60), (90, 0, 0, 0)])
def test_a_letterbox_comes_off(colour: Rgb, sides: tuple[int, int, int, int]) -> None:
    picture = draw(shirt(), NAVY, (240, 236, 230), noise=0)
    boxed = cv2.copyMakeBorder(picture, *sides, cv2.BORDER_CONSTANT, value=colour)
    truth = cv2.copyMakeBorder(shirt().astype(np.uint8), *sides, cv2.BORDER_CONSTANT, value=0) > 0
    assert overlap(cut(boxed), truth) > 0.95


def test_a_banner_with_letters_hides_what_is_behind_it_and_no_more() -> None:
    truth, picture = shirt(), draw(shirt(), NAVY, noise=0)
    picture[240:], truth[240:] = (200, 20, 30), False
    cv2.putText(picture, "SALE", (70, 290), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (255, 255, 255), 3)
    assert overlap(cut(picture), truth) > 0.95


@pytest.mark.parametrize("radius", [10, 24, 50])
def test_rounded_corners_come_off(radius: int) -> None:
    picture = draw(shirt(), NAVY, (238, 238, 238), noise=0)
    card = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.rectangle(card, (radius, 0), (WIDTH - 1 - radius, HEIGHT), 1, -1)
    cv2.rectangle(card, (0, radius), (WIDTH, HEIGHT - 1 - radius), 1, -1)
    for y in (radius, HEIGHT - 1 - radius):
        for x in (radius, WIDTH - 1 - radius):
            cv2.circle(card, (x, y), radius, 1, -1)
    picture[card == 0] = 0
    assert overlap(cut(picture), shirt()) > 0.95
    found = rounded_corners(rgb_to_lab(picture))
    assert np.array_equal(found, card == 0)


def test_darker_corners_are_light_that_falls_off_and_no_corners() -> None:
    picture = draw(shirt(), NAVY, (235, 235, 235), vignette=0.25)
    assert not rounded_corners(rgb_to_lab(picture)).any()


def test_a_badge_in_a_corner_is_no_part_of_the_product_but_a_second_shoe_is() -> None:
    shoes = np.zeros((HEIGHT, WIDTH), np.bool_)
    shoes[120:170, 60:130] = shoes[180:230, 110:180] = True
    picture = draw(shoes, NAVY)
    cv2.circle(picture, (32, 32), 14, (200, 20, 30), -1)
    assert overlap(cut(picture), shoes) > 0.95


def test_a_picture_without_overlays_has_no_frame() -> None:
    for backdrop in ((255, 255, 255), (120, 150, 190)):
        plain = draw(shirt(), NAVY, backdrop, shadow=0.3)
        assert not frame_of(plain).is_there((HEIGHT, WIDTH))


def test_what_crosses_a_line_was_before_the_camera() -> None:
    boots = np.zeros((HEIGHT, WIDTH), np.bool_)
    boots[100:300, 90:160] = True
    floor = draw(boots, NAVY, noise=0)
    floor[240:][~boots[240:]] = (120, 110, 100)
    assert not frame_of(floor).is_there((HEIGHT, WIDTH))


@pytest.mark.parametrize("print_", ["disc", "hem", "sleeve"])
@pytest.mark.parametrize("shadow", [0.0, 0.2])
def test_the_print_is_not_the_product_and_nothing_is_wholly_sure(
    print_: str, shadow: float
) -> None:
    truth = shirt()
    picture = draw(truth, (250, 250, 249), shadow=shadow, noise=0.4, rounded=0.06)
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    where = {
        "disc": np.hypot(rows - 170, columns - 127) < 30,
        "hem": rows > 250,
        "sleeve": columns < 75,
    }[print_]
    picture[where & truth] = (190, 30, 40)
    found = cut(picture)
    assert overlap(found, truth) > 0.85
    assert found is not None
    assert found.certainty < 0.9
