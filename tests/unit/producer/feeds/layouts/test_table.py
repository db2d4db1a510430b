import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.columns import MAIN_PICTURE, USUAL_NAMES
from producer.feeds.layouts.table import LAYOUTS, layout_of


@pytest.mark.parametrize(
    "names",
    [
        ["sku", "image", "title"],
        ["sku", "title", "category", "colour", "image_url", "item_group", "position", "role"],
        ["Artikel", "Bild"],
        ["product_id", "productName", "imageUrl"],
        ["Handle", "Title", "SKU"],
        [],
    ],
)
def test_our_own_columns_are_in_no_shop_s_layout(names: list[str]) -> None:
    assert layout_of(names) is None


@given(st.lists(st.sampled_from([*USUAL_NAMES["title"], *USUAL_NAMES["category"], "x"])))
def test_a_sku_and_a_picture_are_in_no_layout_that_rearranges_rows(names: list[str]) -> None:
    layout = layout_of(["sku", MAIN_PICTURE[1], *names])
    assert layout is None or layout.read is None


def test_names_are_told_apart() -> None:
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS) == 12
