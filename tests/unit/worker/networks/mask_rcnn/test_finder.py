"""Photos of any size in, subjects out."""

from concurrent.futures import ThreadPoolExecutor

import keras
import numpy as np
import pytest

from tests.support.tiny_networks import TINY_COCO, TINY_PERSON
from worker.lookbook.look import render
from worker.networks.mask_rcnn.finder import Found, SubjectFinder
from worker.networks.mask_rcnn.network import MaskRcnn


@pytest.fixture(scope="module", params=[TINY_PERSON, TINY_COCO], ids=["person", "coco"])
def finder(request: pytest.FixtureRequest) -> SubjectFinder:
    keras.utils.set_random_seed(2)
    return SubjectFinder.of(MaskRcnn(request.param))


def photos() -> list[np.ndarray]:
    return [render(seed, size_hw=(60 + 9 * seed, 50 + 13 * seed)).pixels for seed in range(4)]


def same(one: Found | None, two: Found | None) -> bool:
    if one is None or two is None:
        return one is two
    return abs(one.score - two.score) < 1e-4 and bool((one.mask == two.mask).mean() > 0.99)


def test_masks_have_the_photos_sizes(finder: SubjectFinder) -> None:
    given = photos()
    for photo, found in zip(given, finder(given), strict=True):
        if found is not None:
            assert found.mask.shape == photo.shape[:2]
            assert found.mask.dtype == bool
            assert 0 < found.score <= 1


def test_a_batch_gives_what_its_photos_give_alone(finder: SubjectFinder) -> None:
    given = photos()
    alone = [finder([photo])[0] for photo in given]
    assert all(same(one, two) for one, two in zip(alone, finder(given), strict=True))


def test_the_same_photo_gives_the_same_bits(finder: SubjectFinder) -> None:
    photo = photos()[1]
    first, second = finder([photo])[0], finder([photo])[0]
    assert (first is None) == (second is None)
    if first is not None and second is not None:
        assert first.score == second.score
        assert np.array_equal(first.mask, second.mask)


def test_threads_get_their_own_answers(finder: SubjectFinder) -> None:
    given = photos() * 4
    alone = [finder([photo])[0] for photo in given]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda photo: finder([photo])[0], given))
    assert all(same(one, two) for one, two in zip(alone, together, strict=True))


@pytest.mark.parametrize(
    "photo",
    [
        np.zeros((4, 4, 3), np.float32),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_other_inputs_are_refused_by_what_they_are(
    finder: SubjectFinder, photo: np.ndarray
) -> None:
    with pytest.raises(ValueError, match=r"expected RGB uint8 \(H, W, 3\)") as caught:
        finder([photo])
    assert f"{photo.dtype} {photo.shape}" in str(caught.value)


def test_no_photo_at_all_is_refused(finder: SubjectFinder) -> None:
    with pytest.raises(ValueError, match="B of 1 or more"):
        finder([])
