"""Stage ``mask``: from what the network says of the canvas to the photo's own pixels."""

from dataclasses import replace
from typing import Any, cast

import keras
import numpy as np
import pytest

from worker.networks.mask_rcnn.config import PERSON
from worker.networks.mask_rcnn.finder import SubjectFinder
from worker.networks.mask_rcnn.network import MaskRcnn
from worker.stages.mask import (
    HIGHEST_SCORE,
    SubjectMask,
    as_agreed,
    cut_packshot,
    find_subject,
    mask,
)


class NetworkThatSees:
    """A network that answers the same for any canvas: one person, masked in its upper half."""

    config = replace(PERSON, size_hw=(64, 48))

    def __init__(self, score: float, box: list[float]) -> None:
        mask = np.zeros((1, 8, 8), np.float32)
        mask[:, :4] = 1.0
        place = np.array([box], np.float32) / [64, 48, 64, 48]
        self.answer = {"score": np.array([score]), "box": place, "window": place, "mask": mask}

    def find_subject(self, canvases: Any, photo_windows: Any) -> dict[str, Any]:
        # Tied to the input, as a graph without input is none.
        nothing = keras.ops.cast(keras.ops.sum(canvases), "float32") * 0.0
        return {
            k: keras.ops.convert_to_tensor(v, "float32") + nothing for k, v in self.answer.items()
        }


def network_that_sees(score: float, box: list[float]) -> SubjectFinder:
    return SubjectFinder.of(cast("MaskRcnn", NetworkThatSees(score, box)))


def test_the_mask_lands_on_the_photo() -> None:
    found = mask(np.zeros((128, 96, 3), np.uint8), network_that_sees(0.9, [16, 12, 48, 36]))
    assert found is not None
    assert found.subject == "person"
    assert found.score == pytest.approx(0.9)
    assert found.mask.shape == (128, 96)
    assert np.abs(np.array(found.box_yxyx) - [32, 24, 64, 72]).max() <= 2
    assert found.mask[34:60, 26:70].all()
    assert found.shares is not None
    np.testing.assert_array_equal(found.mask, found.shares >= 128)


def test_the_subject_is_where_the_painter_agrees() -> None:
    labels = np.zeros((9, 9), np.uint8)
    labels[2:5, 3:7] = 3
    whole = np.ones((9, 9), bool)
    found = SubjectMask(whole, 0.9, (0, 0, 9, 9), "person", shares=whole.view(np.uint8))
    agreed = as_agreed(found, labels)
    np.testing.assert_array_equal(agreed.mask, labels > 0)
    assert agreed.box_yxyx == (2, 3, 5, 7)
    known = replace(found, shares=None)
    assert as_agreed(known, labels) is known
    assert as_agreed(found, labels * 0).mask is whole


def test_nobody_is_none() -> None:
    photo = np.zeros((128, 96, 3), np.uint8)
    assert mask(photo, network_that_sees(0.0, [16, 12, 48, 36])) is None


def test_a_person_in_the_padding_is_nobody() -> None:
    wide = np.zeros((24, 96, 3), np.uint8)
    assert mask(wide, network_that_sees(0.9, [0, 4, 12, 20])) is None


def test_a_packshot_scores_by_the_contrast_of_its_outline() -> None:
    strong, faint = (np.full((120, 90, 3), 245, np.uint8) for _ in range(2))
    strong[30:90, 20:70] = (160, 30, 40)
    faint[30:90, 20:70] = (225, 224, 220)
    clear, weak = cut_packshot(strong), cut_packshot(faint)
    assert clear is not None
    assert weak is not None
    assert clear.subject == weak.subject == "packshot"
    assert np.abs(np.array(clear.box_yxyx) - [30, 20, 90, 70]).max() <= 2
    assert clear.score == HIGHEST_SCORE < 1
    assert 0.3 < weak.score < 0.7


def test_noise_is_no_packshot() -> None:
    busy = np.random.default_rng(0).integers(0, 256, (120, 90, 3)).astype(np.uint8)
    assert cut_packshot(busy) is None


def person_with_alpha(right: int) -> tuple[np.ndarray, SubjectMask]:
    """A person found at rows 32 to 64, columns 24 to 72, and what alpha cuts out up to a column."""
    finder, photo = network_that_sees(0.9, [16, 12, 48, 36]), np.full((128, 96, 3), 255, np.uint8)
    alpha = np.zeros((128, 96), np.uint8)
    alpha[33:64, 25:right], alpha[33:43, 25:37] = 255, 0
    photo[alpha > 0] = (90, 80, 160)
    found = find_subject(photo, finder, alpha)
    assert found is not None
    assert found.alpha is alpha
    return alpha, found


def test_a_person_who_was_cut_out_has_the_outline_of_the_alpha() -> None:
    alpha, found = person_with_alpha(right=71)
    assert (found.subject, found.score) == ("person", pytest.approx(0.9))
    assert np.array_equal(found.mask, alpha > 0)
    assert found.box_yxyx == (33, 25, 64, 71)


def test_of_a_person_nothing_is_left_that_alpha_does_not_show() -> None:
    alpha, found = person_with_alpha(right=60)
    assert found.subject == "person"
    assert 0.9 < found.mask.sum() / (alpha > 0).sum() <= 1
    assert not found.mask[alpha == 0].any()


def test_alpha_that_cuts_somebody_else_out_leaves_the_person_alone() -> None:
    finder, photo = network_that_sees(0.9, [16, 12, 48, 36]), np.full((128, 96, 3), 255, np.uint8)
    alpha = np.zeros((128, 96), np.uint8)
    alpha[90:120, 5:90], alpha[90:100, 5:20] = 255, 0
    plain, found = mask(photo, finder), find_subject(photo, finder, alpha)
    assert plain is not None
    assert found is not None
    assert np.array_equal(found.mask, plain.mask)


def test_a_white_product_with_alpha_is_cut_and_sure() -> None:
    white = np.full((128, 96, 3), 255, np.uint8)
    alpha = np.zeros((128, 96), np.uint8)
    alpha[20:100, 20:70], alpha[20:40, 20:30] = 255, 0
    nobody = network_that_sees(0.0, [16, 12, 48, 36])
    assert find_subject(white, nobody) is None
    found = find_subject(white, nobody, alpha)
    assert found is not None
    assert (found.subject, found.score) == ("packshot", HIGHEST_SCORE)
    assert np.array_equal(found.mask, alpha > 0)
