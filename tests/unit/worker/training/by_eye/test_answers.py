"""What people say of a sheet: how it is read, and what becomes of a photo's labels."""

import numpy as np
import pytest

from worker.imaging.labels.merges import PARTS
from worker.training.by_eye.answers import AnswerError, SeenOutfit, read_answers
from worker.training.by_eye.segments import NumberedPhoto

TOP, COAT, SKIRT, DRESS, SCARF = (
    PARTS.index(name) for name in ("top", "outerwear", "bottom", "dress", "scarf")
)
SIZE = 60, 40


def photo() -> NumberedPhoto:
    """Three bands of 20 rows, numbered from the top: a scarf, a top and a dress.

    The networks see a coat as likely as a top in the left half of the second band.
    """
    labels = np.repeat(np.array([SCARF, TOP, DRESS], np.uint8), 20)[:, None].repeat(40, axis=1)
    numbers = np.repeat(np.array([1, 2, 3], np.uint8), 20)[:, None].repeat(40, axis=1)
    shares = np.zeros((30, 20, len(PARTS)), np.uint8)
    shares[..., TOP] = 100
    shares[:, :10, COAT] = 200
    return NumberedPhoto(labels, numbers, shares)


def applied(worn: str, said: str = "") -> np.ndarray:
    outfit = SeenOutfit.read(worn, said)
    assert outfit is not None
    return outfit.applied(photo())


def bands(labels: np.ndarray) -> list[list[str]]:
    """The parts of each band, in the order of their numbers."""
    return [[PARTS[k] for k in np.unique(labels[rows : rows + 20])] for rows in (0, 20, 40)]


def test_where_all_is_right_labels_stay() -> None:
    np.testing.assert_array_equal(applied("scarf, top, dress"), photo().labels)


def test_a_number_becomes_what_is_said_of_it() -> None:
    labels = applied("top,bottom", "top=1; bottom=3")
    assert bands(labels) == [["top"], ["top"], ["bottom"]]


def test_of_two_parts_the_networks_choose_in_each_pixel() -> None:
    labels = applied("scarf,dress", "outerwear/top=2")
    assert (labels[25:35, :18] == COAT).all()
    assert (labels[25:35, 22:] == TOP).all()


def test_what_nobody_wears_is_what_lies_next_to_it() -> None:
    assert bands(applied("top,dress")) == [["top"], ["top"], ["dress"]]


def test_a_part_of_a_correction_need_not_be_said_twice() -> None:
    assert bands(applied("scarf,top", "bottom=3")) == [["scarf"], ["top"], ["bottom"]]


def test_skin_and_the_street_may_be_said_too() -> None:
    assert bands(applied("top", "skin=1; background=3")) == [["skin"], ["top"], ["background"]]


def test_a_scrap_without_a_number_is_its_surroundings() -> None:
    seen = photo()
    seen.labels[48:51, 20:23] = TOP
    seen.numbers[48:51, 20:23] = 0
    outfit = SeenOutfit.read("scarf,top,dress", "")
    assert outfit is not None
    np.testing.assert_array_equal(outfit.applied(seen), photo().labels)


def test_a_number_that_is_not_there_is_told() -> None:
    with pytest.raises(AnswerError, match="there is no number 9"):
        applied("top", "top=1,9")


def test_a_photo_of_nothing_that_was_seen_is_told() -> None:
    with pytest.raises(AnswerError, match="nothing of what is worn has a number"):
        applied("shoes")


def test_answers_are_read_line_by_line() -> None:
    seen, complaints = read_answers(
        ["# mine", "", "12 | top, bottom | bottom=3,4; scarf/top=1", "13 | dress |", "14 | skip"]
    )
    assert complaints == []
    assert seen.keys() == {"12", "13"}
    assert seen["12"].worn == {TOP, SKIRT, SCARF}
    assert seen["12"].said == (((SKIRT,), (3, 4)), ((SCARF, TOP), (1,)))
    assert seen["13"] == SeenOutfit(frozenset({DRESS}), ())


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("7 | frock |", "line 1, 7: 'frock' is none of top, outerwear,"),
        ("7 | skin | ", "line 1, 7: 'skin' is none of top, outerwear,"),
        ("7 | top | gown=3", "line 1, 7: 'gown' is none of background, skin,"),
        ("7 | top | bottom", "line 1, 7: 'bottom' is no correction such as bottom=12,13"),
        ("7 | top | bottom=", "line 1, 7: 'bottom=' is no correction such as"),
        ("7 | top | bottom=a", "line 1, 7: 'bottom=a' is no correction such as"),
    ],
)
def test_a_line_that_cannot_be_read_costs_itself_only(line: str, complaint: str) -> None:
    seen, complaints = read_answers([line, "8 | dress |"])
    assert seen.keys() == {"8"}
    assert len(complaints) == 1
    assert complaints[0].startswith(complaint)


def test_the_first_answer_for_a_photo_counts() -> None:
    seen, complaints = read_answers(["7 | top |", "7 | dress |"])
    assert seen["7"].worn == {TOP}
    assert complaints == ["line 2, 7: a second answer for this photo"]
