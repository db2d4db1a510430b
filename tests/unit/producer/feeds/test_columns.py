import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.columns import (
    USUAL_NAMES,
    Columns,
    FoundColumns,
    PictureColumn,
    column_key,
    read_picture_column,
)
from shared.errors import FeedError


def picture_names(found: FoundColumns) -> list[str]:
    return [column.name for column in found.pictures]


def test_a_google_merchant_feed_needs_no_options() -> None:
    found = Columns().find(
        [
            "id",
            "title",
            "link",
            "image link",
            "additional image link",
            "google product category",
            "product type",
            "item group id",
            "color",
        ]
    )
    assert found == FoundColumns(
        sku="id",
        pictures=(PictureColumn("image link"), PictureColumn("additional image link")),
        title="title",
        category="product type",
        item_group="item group id",
        merchant_colour="color",
    )


def test_a_shop_export_with_one_row_a_picture() -> None:
    found = Columns().find(["Handle", "Title", "Variant SKU", "Image Src", "Image Position"])
    assert (found.sku, found.position, found.item_group) == (
        "Variant SKU",
        "Image Position",
        "Handle",
    )
    assert picture_names(found) == ["Image Src"]


def test_numbered_pictures_come_in_the_order_of_their_numbers() -> None:
    found = Columns().find(["image_10", "sku", "image_2", "Images", "image", "image_url_1"])
    assert picture_names(found) == ["image", "image_url_1", "image_2", "image_10", "Images"]


@pytest.mark.parametrize(
    ("names", "pictures"),
    [
        (["sku", "url"], ["url"]),
        (["sku", "link", "url"], ["url"]),
        (["sku", "url", "image_url"], ["image_url"]),
    ],
)
def test_url_is_a_picture_only_where_nothing_else_is(names: list[str], pictures: list[str]) -> None:
    assert picture_names(Columns().find(names)) == pictures


def test_what_the_user_says_goes_first() -> None:
    columns = Columns(
        sku="Artikel",
        pictures=(PictureColumn("Vorne", "front"), PictureColumn("hinten")),
        merchant_colour="Farbe",
    )
    found = columns.find(["sku", "Artikel", "Vorne", "Hinten", "image_link", "Farbe", "colour"])
    assert found.sku == "Artikel"
    assert found.pictures == (PictureColumn("Vorne", "front"), PictureColumn("Hinten"))
    assert found.merchant_colour == "Farbe"


def test_a_column_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(FeedError, match=r"no column 'Farbe'\. Columns found: sku, image"):
        Columns(merchant_colour="Farbe").find(["sku", "image"])


def test_an_object_may_leave_out_what_the_user_named() -> None:
    found = Columns(merchant_colour="Farbe").find(["sku", "image"], all_present=False)
    assert found.merchant_colour == "Farbe"


@pytest.mark.parametrize(
    ("names", "option"), [(["title", "image"], "--sku-column"), (["sku"], "--picture-column")]
)
def test_a_missing_column_is_told_with_its_option(names: list[str], option: str) -> None:
    with pytest.raises(FeedError, match=option):
        Columns().find(names)


def test_names_list_each_column_once() -> None:
    columns = Columns(sku="id", title="id", pictures=(PictureColumn("a"), PictureColumn("b")))
    assert columns.find(["id", "a", "b", "unused"]).names() == ["id", "a", "b"]


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("image", PictureColumn("image")),
        ("back=Rear view", PictureColumn("Rear view", "back")),
        ("=image", PictureColumn("=image")),
        ("image=", PictureColumn("image=")),
    ],
)
def test_read_picture_column(text: str, column: PictureColumn) -> None:
    assert read_picture_column(text) == column


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Image Link", "imagelink"),
        ("imageLink", "imagelink"),
        ("g:image_link", "imagelink"),
        ("IMAGE-LINK", "imagelink"),
        ("Colour [color]", "color"),
        ("image[0].url", "image0url"),
        ("Größe", "grösse"),
    ],
)
def test_spellings_of_one_column_have_one_key(name: str, key: str) -> None:
    assert column_key(name) == key


def test_usual_names_are_told_apart_by_their_keys() -> None:
    names = [name for names in USUAL_NAMES.values() for name in names]
    assert len({column_key(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("names", "pictures"),
    [
        (["productId", "imageUrl"], ["imageUrl"]),
        (["offerId", "imageLink", "additionalImageLinks"], ["imageLink", "additionalImageLinks"]),
        (["id", "image[1].url", "image[0].url"], ["image[0].url", "image[1].url"]),
        (["sku", "image", "image#2", "title"], ["image", "image#2"]),
    ],
)
def test_pictures_are_known_however_they_are_spelled(names: list[str], pictures: list[str]) -> None:
    assert picture_names(Columns().find(names)) == pictures


def test_a_picture_column_that_is_named_twice_means_both() -> None:
    columns = Columns(pictures=(PictureColumn("Bild", "front"),))
    found = columns.find(["sku", "Bild", "Titel", "Bild#2"])
    assert found.pictures == (PictureColumn("Bild", "front"), PictureColumn("Bild#2", "front"))


def test_two_columns_for_the_sku_are_one_too_many() -> None:
    with pytest.raises(FeedError, match="names 'sku', the sku, twice"):
        Columns().find(["sku", "image", "sku#2"])


def test_a_column_that_is_nearly_there_is_suggested() -> None:
    with pytest.raises(FeedError, match=r"no column 'Fabre'\. Did you mean 'Farbe'"):
        Columns(merchant_colour="Fabre").find(["sku", "image", "Farbe"])


@given(st.lists(st.text(), max_size=6))
def test_any_header_is_understood_or_refused(names: list[str]) -> None:
    try:
        found = Columns().find(names)
    except FeedError:
        return
    assert set(found.names()) <= set(names)
