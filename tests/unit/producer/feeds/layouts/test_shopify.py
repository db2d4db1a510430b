import random
from pathlib import Path

import pytest

from producer.feeds.columns import Columns, PictureColumn
from tests.unit.producer.feeds.layouts.reading import read, url, write

OLD = [
    *("Handle", "Title", "Body (HTML)", "Vendor", "Product Category", "Type", "Tags", "Published"),
    *("Option1 Name", "Option1 Value", "Option1 Linked To", "Option2 Name", "Option2 Value"),
    *("Option3 Name", "Option3 Value", "Variant SKU", "Variant Grams", "Variant Price"),
    *("Variant Barcode", "Image Src", "Image Position", "Image Alt Text", "Gift Card"),
    *("Color (product.metafields.shopify.color-pattern)", "Variant Image", "Status"),
]
NEW = [
    *("Title", "URL handle", "Description", "Vendor", "Product category", "Type", "Tags"),
    *("Published on online store", "Status", "SKU", "Barcode", "Option1 name", "Option1 value"),
    *("Option1 Linked To", "Option2 name", "Option2 value", "Price", "Compare-at price"),
    *("Product image URL", "Image position", "Image alt text", "Variant image URL", "Gift card"),
    *("SEO title", "Color (product.metafields.shopify.color-pattern)"),
]
TO_NEW = {
    "Handle": "URL handle",
    "Product Category": "Product category",
    "Option1 Name": "Option1 name",
    "Option1 Value": "Option1 value",
    "Option2 Name": "Option2 name",
    "Option2 Value": "Option2 value",
    "Variant SKU": "SKU",
    "Variant Price": "Price",
    "Image Src": "Product image URL",
    "Image Position": "Image position",
    "Variant Image": "Variant image URL",
}
SHIRT = [
    {
        "Handle": "shirt",
        "Title": "Linen shirt",
        "Product Category": "Apparel > Shirts",
        "Type": "Shirts",
        "Option1 Name": "Colour",
        "Option1 Value": "Navy",
        "Option2 Name": "Size",
        "Option2 Value": "S",
        "Variant SKU": "NV-S",
        "Image Src": url("navy-front"),
        "Image Position": "1",
        "Variant Image": url("navy-front"),
    },
    {
        "Handle": "shirt",
        "Option1 Value": "Navy",
        "Option2 Value": "M",
        "Variant SKU": "NV-M",
        "Image Src": url("navy-back"),
        "Image Position": "2",
    },
    {
        "Handle": "shirt",
        "Option1 Value": "Sage",
        "Option2 Value": "S",
        "Variant SKU": "SG-S",
        "Image Src": url("sage-front"),
        "Image Position": "3",
        "Variant Image": url("sage-front"),
    },
    {"Handle": "shirt", "Image Src": url("sage-back"), "Image Position": "4"},
]
FOUND = [
    ("NV-S", "Apparel > Shirts", "shirt", "Navy", ["navy-front"]),
    ("NV-M", "Apparel > Shirts", "shirt", "Navy", ["navy-front"]),
    ("SG-S", "Apparel > Shirts", "shirt", "Sage", ["sage-front"]),
]
NAME = "Shopify product export"


def test_a_variant_in_several_colours_has_its_own_picture(tmp_path: Path) -> None:
    assert read(write(tmp_path / "feed.csv", OLD, SHIRT)) == (NAME, FOUND)


def test_the_headings_of_today_mean_the_same(tmp_path: Path) -> None:
    rows = [{TO_NEW.get(name, name): value for name, value in row.items()} for row in SHIRT]
    assert read(write(tmp_path / "feed.csv", NEW, rows)) == (NAME, FOUND)


def test_rows_of_one_handle_belong_together_however_they_are_sorted(tmp_path: Path) -> None:
    other = [
        {"Handle": f"h{n}", "Variant SKU": f"S{n}", "Image Src": url(str(n))} for n in range(9)
    ]
    rows = [*SHIRT, *other]
    random.Random(7).shuffle(rows)
    _, found = read(write(tmp_path / "feed.csv", OLD, rows))
    assert sorted(facts for facts in found if facts[2] == "shirt") == sorted(FOUND)
    assert len(found) == 12


def test_in_one_colour_every_variant_has_the_whole_gallery(tmp_path: Path) -> None:
    rows = [
        {
            "Handle": "tee",
            "Type": "Tees",
            "Option1 Name": "Size",
            "Option1 Value": "S",
            "Variant SKU": "S",
            "Image Src": url("back"),
            "Image Position": "2",
            "Color (product.metafields.shopify.color-pattern)": "white",
        },
        {"Handle": "tee", "Option1 Value": "M", "Variant SKU": "M", "Variant Image": url("m")},
        {"Handle": "tee", "Image Src": url("front"), "Image Position": "1"},
    ]
    assert read(write(tmp_path / "feed.csv", OLD, rows))[1] == [
        ("S", "Tees", "tee", "white", ["front", "back"]),
        ("M", "Tees", "tee", "white", ["m", "front", "back"]),
    ]


def test_in_several_colours_without_pictures_of_their_own_only_the_first(tmp_path: Path) -> None:
    rows = [
        {
            "Handle": "cap",
            "Option1 Name": "Farbe",
            "Option1 Value": colour,
            "Variant SKU": colour,
            "Image Src": url(str(number)),
            "Image Position": str(number),
            "Color (product.metafields.shopify.color-pattern)": "rot; blau",
        }
        for number, colour in enumerate(("Rot", "Blau"), 1)
    ]
    assert read(write(tmp_path / "feed.csv", OLD, rows))[1] == [
        ("Rot", None, "cap", "Rot", ["1"]),
        ("Blau", None, "cap", "Blau", ["1"]),
    ]


def test_without_a_sku_handle_and_options_make_one(tmp_path: Path) -> None:
    rows = [
        {
            "Handle": "cap",
            "Option1 Name": "Colour",
            "Option1 Value": "Black",
            "Option2 Name": "Size",
            "Option2 Value": "M",
            "Image Src": url("cap"),
        },
        {"Handle": "cap", "Image Src": url("cap2")},
        {
            "Handle": "bag",
            "Option1 Name": "Title",
            "Option1 Value": "Default Title",
            "Image Src": url("bag"),
        },
        {"Title": "of no handle", "Image Src": url("x")},
    ]
    assert read(write(tmp_path / "feed.csv", OLD, rows))[1] == [
        ("cap/Black/M", None, "cap", "Black", ["cap", "cap2"]),
        ("rejected 5", "the row has no sku", None, None, []),
        ("bag", None, "bag", None, ["bag"]),
    ]


def test_what_the_user_names_goes_first(tmp_path: Path) -> None:
    path = write(tmp_path / "feed.csv", OLD, SHIRT)
    _, found = read(path, Columns(merchant_colour="Option2 Value"))
    assert [facts[3] for facts in found] == ["S", "M", "S"]
    columns = Columns(sku="Variant SKU", pictures=(PictureColumn("Image Src"),))
    layout, found = read(path, columns)
    assert (layout, [(facts[0], facts[4]) for facts in found]) == (
        None,
        [
            ("NV-S", ["navy-front"]),
            ("NV-M", ["navy-back"]),
            ("rejected 5", []),
            ("SG-S", ["sage-front"]),
        ],
    )


@pytest.mark.parametrize("rows", [[], [{"Handle": "a"}]])
def test_a_feed_with_nothing_in_it(tmp_path: Path, rows: list[dict[str, str]]) -> None:
    layout, found = read(write(tmp_path / "feed.csv", OLD, rows))
    assert layout == NAME
    assert [facts[0] for facts in found] == ["rejected 2"] * len(rows)
