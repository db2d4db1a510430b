"""The crop stage: what is cut out, and where."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from worker.imaging.regions import CLOTHES, HAIR, SKIN
from worker.stages.crop import THUMBNAIL_SIDE, crop, wanted_side
from worker.stages.decoding.decoded import Decoded

label_maps = hnp.arrays(
    np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.integers(0, 3)
)


def dressed() -> tuple[np.ndarray, np.ndarray]:
    pixels = np.random.default_rng(1).integers(0, 256, (600, 400, 3)).astype(np.uint8)
    labels = np.zeros((600, 400), np.uint8)
    labels[40:90, 180:220] = HAIR
    labels[60:100, 185:215] = SKIN
    labels[100:500, 120:280] = CLOTHES
    return pixels, labels


def test_the_garment_is_cropped_with_a_small_margin() -> None:
    pixels, labels = dressed()
    crops = crop(pixels, labels)
    assert crops.box_yxyx == (92, 112, 508, 288)
    np.testing.assert_array_equal(crops.crop, pixels[92:508, 112:288])
    assert crops.cutout.shape == (416, 176, 4)
    assert crops.thumbnail.shape == (THUMBNAIL_SIDE, 108, 3)


def test_the_cutout_shows_clothes_alone() -> None:
    pixels, labels = dressed()
    cutout = crop(pixels, labels).cutout
    inside = np.s_[12:404, 12:164]
    np.testing.assert_array_equal(cutout[inside][..., :3], pixels[92:508, 112:288][inside])
    assert (cutout[inside][..., 3] == 255).all()
    assert not cutout[:5].any()
    assert not cutout[:, :5].any()


def test_the_input_is_left_alone_and_not_shared() -> None:
    pixels, labels = dressed()
    before = pixels.copy()
    crops = crop(pixels, labels)
    crops.crop[:], crops.cutout[:], crops.thumbnail[:] = 0, 0, 0
    np.testing.assert_array_equal(pixels, before)


def test_specks_do_not_widen_the_box() -> None:
    pixels, labels = dressed()
    labels[5, 5] = labels[595:597, 390:393] = CLOTHES
    assert crop(pixels, labels).box_yxyx == (92, 112, 508, 288)


def test_clothes_outside_of_the_subjects_box_do_not_count() -> None:
    pixels, labels = dressed()
    labels[100:500, 330:390] = CLOTHES
    assert crop(pixels, labels, (30, 100, 520, 300)).box_yxyx == (92, 112, 508, 288)


def test_without_clothes_the_whole_subject_is_cropped() -> None:
    pixels, labels = dressed()
    labels[labels == CLOTHES] = 0
    crops = crop(pixels, labels)
    assert crops.box_yxyx == (38, 178, 102, 222)
    assert not crops.cutout.any()
    nothing = np.zeros_like(labels)
    assert crop(pixels, nothing, (10, 20, 110, 90)).box_yxyx == (10, 20, 110, 90)
    assert crop(pixels, nothing).box_yxyx == (0, 0, 600, 400)


def test_one_pixel_of_clothes_can_be_cropped() -> None:
    pixels, labels = dressed()
    labels[:] = 0
    labels[599, 0] = CLOTHES
    crops = crop(pixels, labels)
    assert crops.box_yxyx == (598, 0, 600, 2)
    assert crops.thumbnail.shape == (2, 2, 3)


@given(label_maps, st.none() | st.tuples(*[st.integers(-5, 40)] * 4))
@settings(max_examples=60)
def test_every_box_lies_within_the_picture(
    labels: np.ndarray, box: tuple[int, int, int, int] | None
) -> None:
    height, width = labels.shape
    crops = crop(np.full((height, width, 3), 200, np.uint8), labels, box)
    top, left, bottom, right = crops.box_yxyx
    assert 0 <= top < bottom <= height
    assert 0 <= left < right <= width
    assert crops.crop.shape == (bottom - top, right - left, 3)
    assert crops.cutout.shape == (bottom - top, right - left, 4)
    assert max(crops.thumbnail.shape) <= THUMBNAIL_SIDE


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected pixels \(4, 4, 3\), got \(5, 4, 3\)"):
        crop(np.zeros((5, 4, 3), np.uint8), np.zeros((4, 4), np.uint8))


def test_the_cutout_ends_as_the_files_alpha_does() -> None:
    """A fringe of half a pixel's opacity, a shadow beyond it, and skin beside the clothes."""
    labels = np.zeros((100, 80), np.uint8)
    labels[20:80, 20:60], labels[10:20, 20:60] = CLOTHES, SKIN
    alpha = np.where(labels > 0, 255, 0).astype(np.uint8)
    alpha[80, 20:60], alpha[81:95, 20:60] = 100, 60
    rgb = np.full((100, 80, 3), (200, 30, 40), np.uint8)
    on_white = Decoded.on_white(rgb, alpha).pixels

    found = crop(on_white, labels, alpha=alpha)

    top, left, _, _ = found.box_yxyx
    column = found.cutout[:, 40 - left]
    assert column[30 - top : 80 - top, 3].tolist() == [255] * 50
    assert column[80 - top, 3] == 100
    assert np.abs(column[80 - top, :3].astype(int) - (200, 30, 40)).max() <= 2
    assert 0 < column[19 - top, 3] < 128  # skin: as soft as without alpha
    assert not found.cutout[86 - top :, :, 3].any()
    # The sides are as sharp as they were drawn, where a mask's edge would have been softened.
    assert found.cutout[50 - top, 20 - left - 1 : 20 - left + 1, 3].tolist() == [0, 255]


def test_labels_of_the_working_size_are_brought_up_within_the_box() -> None:
    """A photo four times as large as its labels: the cut-out follows the photo's own edge."""
    photo = np.full((4096, 2048, 3), (40, 160, 90), np.uint8)
    photo[1003:3005, 502:1498] = (200, 30, 40)
    labels = np.zeros((1024, 512), np.uint8)
    labels[251:751, 125:375] = CLOTHES
    crops = crop(photo, labels, side=9999, edge=0.002)
    assert crops.box_yxyx == (964, 460, 3044, 1540)
    assert crops.crop.shape == (2080, 1080, 3)
    found = np.argwhere(crops.cutout[..., 3] > 127) + np.array((964, 460))
    assert found.min(axis=0) == pytest.approx((1003, 502), abs=2)
    assert found.max(axis=0) == pytest.approx((3004, 1497), abs=2)


def test_a_photo_over_the_cap_is_cut_at_its_size() -> None:
    pixels, labels = dressed()
    crops = crop(pixels, labels, side=max(pixels.shape) // 4)
    assert crops.box_yxyx == (92, 112, 508, 288)
    assert (crops.cutout.shape, crops.crop.shape) == ((104, 44, 4), (104, 44, 3))
    assert (crops.cutout[5:-5, 5:-5, 3] == 255).all()


def test_the_files_alpha_is_taken_at_the_photos_size() -> None:
    photo = np.full((2048, 2048, 3), 80, np.uint8)
    alpha = np.zeros((2048, 2048), np.uint8)
    alpha[501:1499, 501:1499] = 255
    labels = np.where(cv2.resize(alpha, (1024, 1024)) > 127, CLOTHES, 0).astype(np.uint8)
    cutout = crop(photo, labels, alpha=alpha, side=9999)
    top, left, bottom, right = cutout.box_yxyx
    np.testing.assert_array_equal(cutout.cutout[..., 3], alpha[top:bottom, left:right])


@pytest.mark.parametrize(
    ("crop_side", "wanted"), [(1536, 1440), (1200, 1125), (64, 1024), (16_383, 15_359)]
)
def test_a_photo_is_decoded_hardly_smaller_than_crops_and_networks_want(
    crop_side: int, wanted: int
) -> None:
    assert wanted_side(crop_side) == wanted
