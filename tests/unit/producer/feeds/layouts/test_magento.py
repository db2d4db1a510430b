from pathlib import Path

from producer.feeds.columns import Columns
from producer.feeds.product import FeedProduct
from producer.feeds.products import read_products
from producer.feeds.source import open_feed
from tests.unit.producer.feeds.layouts.reading import read, url, write

HEADER = [
    *("sku", "store_view_code", "attribute_set_code", "product_type", "categories", "name"),
    *("base_image", "base_image_label", "small_image", "thumbnail_image", "swatch_image"),
    *("additional_attributes", "additional_images", "configurable_variations"),
]
NAME = "Magento product export"


def test_children_parents_and_store_views(tmp_path: Path) -> None:
    rows = [
        {
            "sku": "WS-RED",
            "product_type": "simple",
            "categories": "Default Category/Women,Default Category/Women/Tees",
            "base_image": url("red"),
            "small_image": url("red"),
            "additional_images": f"{url('red-alt')},{url('red-back')}",
            "additional_attributes": "color=Red, dark,size=S",
        },
        {"sku": "WS-RED", "store_view_code": "de", "name": "T-Shirt", "base_image": url("x")},
        {
            "sku": "WS-BLUE",
            "product_type": "simple",
            "base_image": "no_selection",
            "additional_attributes": '"color"="Blue",size=S',
        },
        {
            "sku": "WS",
            "product_type": "configurable",
            "categories": "Default Category/Women/Tees",
            "name": "Tee",
            "base_image": url("main"),
            "small_image": url("small"),
            "configurable_variations": "sku=WS-RED,color=Red|sku=WS-BLUE,color=Blue",
        },
        {"sku": "WS", "store_view_code": "de", "name": "T-Shirt"},
        {"store_view_code": "fr", "name": "Chemise"},
        {"sku": "BAG", "product_type": "simple", "small_image": url("bag"), "base_image": ""},
    ]
    women = "Default Category/Women/Tees"
    assert read(write(tmp_path / "feed.csv", HEADER, rows)) == (
        NAME,
        [
            ("WS", women, "WS", None, ["main", "small"]),
            ("WS-RED", women, "WS", "Red, dark", ["red", "red-alt", "red-back"]),
            ("WS-BLUE", women, "WS", "Blue", ["main"]),
            ("BAG", None, None, None, ["bag"]),
        ],
    )


def test_relative_paths_are_given_a_base(tmp_path: Path) -> None:
    rows = [{"sku": "A", "base_image": "/a/1.jpg", "additional_images": "/a/2.jpg,/a/3.jpg"}]
    path = write(tmp_path / "feed.csv", HEADER, rows)
    assert read(path)[1][0][:2] == (
        "rejected 2",
        "'/a/1.jpg' is no URL; local pictures are read by `colourway run` alone (if it is the end "
        "of a URL, give its beginning with --picture-base)",
    )
    with open_feed(str(path)) as opened:
        base = "https://a.example/media/catalog/product"
        (product,) = read_products(opened, Columns(), tmp_path, base)
    assert isinstance(product, FeedProduct)
    assert [picture.url for picture in product.pictures] == [f"{base}/a/{n}.jpg" for n in (1, 2, 3)]
