"""Opacity that follows a picture's edges, and colours without the background."""

import numpy as np

from worker.imaging.edges import Guide, cut_out, fitted_alpha

RED, GREEN = (200, 30, 40), (40, 160, 90)


def disc(side: int = 120, radius: float = 40.0) -> tuple[np.ndarray, np.ndarray]:
    """A red disc on green, its edge of a pixel's width mixed, and how much of each is red."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    cover = np.clip(radius + 0.5 - np.hypot(rows, columns), 0, 1)
    mixed = cover[..., None] * np.array(RED) + (1 - cover[..., None]) * np.array(GREEN)
    return np.rint(mixed).astype(np.uint8), cover


def test_a_mask_that_is_two_pixels_off_is_brought_to_the_edge() -> None:
    pixels, cover = disc()
    for off in (-2, 2):
        _, wrong = disc(radius=40 + off)
        alpha = fitted_alpha(Guide(pixels, 5), wrong >= 0.5)
        assert np.abs(alpha / 255 - cover).mean() < 0.01
        assert np.abs((wrong >= 0.5) - cover).mean() > 0.03


def test_a_picture_without_colour_is_followed_as_well() -> None:
    """Red, green and blue say the same there: the system that is solved has many answers."""
    _, cover = disc()
    grey = np.rint(40 + 160 * cover).astype(np.uint8)
    _, wrong = disc(radius=42)
    alpha = fitted_alpha(Guide(np.dstack([grey] * 3), 5), wrong >= 0.5)
    assert np.abs(alpha / 255 - cover).mean() < 0.01


def test_beyond_the_radius_the_mask_holds() -> None:
    pixels, _ = disc()
    mask = np.zeros(pixels.shape[:2], np.bool_)
    mask[30:90, 50:70] = True
    alpha = fitted_alpha(Guide(pixels, 4), mask)
    assert (alpha[34:86, 54:66] == 255).all()
    outside = np.ones_like(mask)
    outside[26:94, 46:74] = False
    assert not alpha[outside].any()


def test_the_border_of_the_picture_is_no_edge() -> None:
    pixels, _ = disc()
    guide = Guide(pixels, 5)
    assert (fitted_alpha(guide, np.ones(pixels.shape[:2], np.bool_)) == 255).all()
    assert not fitted_alpha(guide, np.zeros(pixels.shape[:2], np.bool_)).any()


def test_a_picture_of_one_pixel_has_an_answer() -> None:
    one = Guide(np.full((1, 1, 3), 7, np.uint8), 3)
    assert fitted_alpha(one, np.ones((1, 1), np.bool_)).tolist() == [[255]]
    assert cut_out(one, np.full((1, 1), 100, np.uint8)).tolist() == [[[7, 7, 7, 100]]]


def test_pixels_of_the_edge_get_the_colour_of_the_cloth() -> None:
    pixels, cover = disc()
    alpha = np.rint(cover * 255).astype(np.uint8)
    before = pixels.copy()
    cut = cut_out(Guide(pixels, 5), alpha)
    part = (cover > 0.1) & (cover < 0.9)
    assert np.abs(pixels[part].astype(int) - RED).max() > 60
    assert np.abs(cut[part][:, :3].astype(int) - RED).max() <= 20
    np.testing.assert_array_equal(cut[alpha == 255][:, :3], pixels[alpha == 255])
    np.testing.assert_array_equal(cut[..., 3], alpha)
    assert not cut[alpha == 0].any()
    np.testing.assert_array_equal(pixels, before)
