"""The lookbook draws the same picture for the same seed, and tells the truth about it."""

import numpy as np
import pytest

from shared.colour.cielab import delta_e2000, rgb_to_lab
from worker.lookbook import render
from worker.lookbook.product.packshot import PRODUCTS

SMALL = (384, 256)
"""Half size: the drawing is the same, the test four times as fast."""


def deviation(pixels: np.ndarray, region: np.ndarray, nominal: tuple[int, int, int]) -> float:
    """ΔE2000 between the region's median colour and the nominal one."""
    median = np.median(pixels[region], axis=0).round().astype(np.uint8)
    seen, meant = rgb_to_lab(np.array([[median], [np.array(nominal, dtype=np.uint8)]]))
    return float(delta_e2000(seen[0], meant[0]))


def test_the_same_seed_gives_the_same_bytes() -> None:
    first, second = render(7), render(7)
    assert first.pixels.tobytes() == second.pixels.tobytes()
    assert first.labels.tobytes() == second.labels.tobytes()
    assert (first.clothes_rgb, first.skin_rgb, first.hair_rgb) == (
        second.clothes_rgb,
        second.skin_rgb,
        second.hair_rgb,
    )


def test_another_seed_gives_another_picture() -> None:
    assert render(7, size_hw=SMALL).pixels.tobytes() != render(8, size_hw=SMALL).pixels.tobytes()


@pytest.mark.parametrize("size_hw", [(768, 512), (384, 256), (300, 400), (640, 640), (257, 129)])
def test_a_picture_has_the_size_asked_for(size_hw: tuple[int, int]) -> None:
    for kind in ("figure", "packshot"):
        look = render(3, kind, size_hw)
        assert look.pixels.shape == (*size_hw, 3)
        assert look.pixels.dtype == np.uint8
        assert look.labels.shape == size_hw
        assert look.labels.dtype == np.uint8


def test_a_negative_seed_is_refused() -> None:
    with pytest.raises(ValueError, match="-1"):
        render(-1)


def test_a_figure_is_a_person_with_clothes_skin_and_known_colours() -> None:
    look = render(11, "figure", scene="studio")
    assert look.subject == "person"
    assert {1, 3} <= set(np.unique(look.labels)) <= {0, 1, 2, 3}
    assert np.array_equal(look.person, look.labels > 0)
    assert 0.08 < look.person.mean() < 0.6
    assert look.skin_rgb is not None
    assert 0 < look.clothes_share <= 1


def test_a_packshot_shows_nothing_but_the_product() -> None:
    look = render(11, "packshot", scene="studio")
    assert look.subject == "packshot"
    assert set(np.unique(look.labels)) == {0, 3}
    assert (look.skin_rgb, look.hair_rgb) == (None, None)
    border = np.concatenate(
        [look.labels[0], look.labels[-1], look.labels[:, 0], look.labels[:, -1]]
    )
    assert not border.any()


@pytest.mark.parametrize("seed", range(30, 38))
def test_regions_show_their_nominal_colours_in_the_studio(seed: int) -> None:
    look = render(seed, "figure", SMALL, scene="studio")
    assert look.skin_rgb is not None
    assert deviation(look.pixels, look.labels == 1, look.skin_rgb) < 8
    if look.hair_rgb is not None:
        assert deviation(look.pixels, look.labels == 2, look.hair_rgb) < 8
    if look.clothes_share > 0.85:
        assert deviation(look.pixels, look.labels == 3, look.clothes_rgb) < 5


@pytest.mark.parametrize("seed", range(8))
def test_packshots_show_their_nominal_colour(seed: int) -> None:
    look = render(seed, "packshot", SMALL, scene="studio")
    assert deviation(look.pixels, look.labels == 3, look.clothes_rgb) < 5


def test_the_main_garments_colour_covers_the_share_it_claims() -> None:
    look = next(
        look
        for look in (render(seed, "packshot", SMALL, scene="studio") for seed in range(40))
        if look.garment_kind == "bag"
    )
    shown = look.pixels[look.labels == 3].astype(int)
    near = np.abs(shown - np.array(look.clothes_rgb)).max(axis=1) < 40
    assert near.mean() > 0.8


def test_labels_follow_the_drawn_edges() -> None:
    look = render(5, "packshot", scene="studio")
    inside = look.labels == 3
    paper = np.median(look.pixels[:20], axis=(0, 1))
    apart = np.abs(look.pixels.astype(int) - paper).max(axis=2) > 25
    union, both = (inside | apart).sum(), (inside & apart).sum()
    assert both / union > 0.9


def test_every_kind_and_every_region_occurs() -> None:
    looks = [render(seed, size_hw=(192, 128)) for seed in range(120)]
    packshots = [look for look in looks if look.subject == "packshot"]
    assert 8 <= len(packshots) <= 35
    products = {render(seed, "packshot", (192, 128)).garment_kind for seed in range(40)}
    assert products == set(PRODUCTS)
    kinds = {look.garment_kind for look in looks if look.subject == "person"}
    assert {"dress", "coat", "jumper", "shirt", "jeans", "trousers", "skirt"} <= kinds
    assert any(look.hair_rgb is None for look in looks if look.subject == "person")


def test_skin_and_hair_of_all_tones_occur() -> None:
    figures = [render(seed, "figure", (192, 128), "studio") for seed in range(60)]
    skin = [sum(look.skin_rgb) / 3 for look in figures if look.skin_rgb]
    hair = [sum(look.hair_rgb) / 3 for look in figures if look.hair_rgb]
    assert min(skin) < 80
    assert max(skin) > 200
    assert min(hair) < 50
    assert max(hair) > 140


def test_a_street_is_busier_than_a_studio() -> None:
    def bustle(scene: str) -> float:
        look = render(21, "figure", SMALL, scene)  # type: ignore[arg-type]
        return float(look.pixels[look.labels == 0].std())

    assert bustle("street") > 2 * bustle("studio")
