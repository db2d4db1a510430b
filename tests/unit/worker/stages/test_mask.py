"""Stage ``mask``: from what the network says of the canvas to the photo's own pixels."""

from typing import Any

import keras
import numpy as np
import pytest

from worker.networks.compiled import Compiled
from worker.stages.mask import cut_packshot, mask


def network_that_sees(score: float, box: list[float]) -> Compiled[Any]:
    """A network that answers the same for any canvas: one person, masked in its upper half."""
    upper = np.zeros((1, 1, 8, 8), np.float32)
    upper[:, :, :4] = 1.0
    answer = {
        "scores": np.array([[score]], np.float32),
        "boxes": np.array([[box]], np.float32),
        "windows": np.array([[box]], np.float32),
        "masks": upper,
    }

    def detect(canvases: Any) -> dict[str, Any]:
        # Tied to the input, as a graph without input is none.
        nothing = keras.ops.sum(canvases) * 0.0
        return {
            name: keras.ops.convert_to_tensor(value) + nothing for name, value in answer.items()
        }

    return Compiled(detect, (64, 48))


def test_the_mask_lands_on_the_photo() -> None:
    found = mask(np.zeros((128, 96, 3), np.uint8), network_that_sees(0.9, [16, 12, 48, 36]))
    assert found is not None
    assert found.subject == "person"
    assert found.score == pytest.approx(0.9)
    assert found.mask.shape == (128, 96)
    assert np.abs(np.array(found.box_yxyx) - [32, 24, 64, 72]).max() <= 2
    assert found.mask[34:60, 26:70].all()


def test_nobody_is_none() -> None:
    photo = np.zeros((128, 96, 3), np.uint8)
    assert mask(photo, network_that_sees(0.2, [16, 12, 48, 36])) is None


def test_a_person_in_the_padding_is_nobody() -> None:
    wide = np.zeros((24, 96, 3), np.uint8)
    assert mask(wide, network_that_sees(0.9, [0, 4, 12, 20])) is None


def test_a_packshot_scores_by_its_contrast() -> None:
    strong, faint = (np.full((120, 90, 3), 245, np.uint8) for _ in range(2))
    strong[30:90, 20:70] = (160, 30, 40)
    faint[30:90, 20:70] = (225, 224, 220)
    clear, weak = cut_packshot(strong), cut_packshot(faint)
    assert clear is not None
    assert weak is not None
    assert clear.subject == weak.subject == "packshot"
    assert np.abs(np.array(clear.box_yxyx) - [30, 20, 90, 70]).max() <= 2
    assert clear.score == 1.0
    assert weak.score < 0.7


def test_noise_is_no_packshot() -> None:
    busy = np.random.default_rng(0).integers(0, 256, (120, 90, 3)).astype(np.uint8)
    assert cut_packshot(busy) is None
