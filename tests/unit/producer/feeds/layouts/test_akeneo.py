from pathlib import Path

from tests.unit.producer.feeds.layouts.reading import read, url, write

HEADER = [
    *(
        "uuid",
        "sku",
        "categories",
        "enabled",
        "family",
        "parent",
        "groups",
        "main_color",
        "gallery",
    ),
    *("name-de_DE", "name-en_US", "image_1", "picture-ecommerce", "an_image", "price-EUR"),
]


def test_a_column_for_each_attribute_locale_and_scope(tmp_path: Path) -> None:
    rows = [
        {
            "uuid": "4168a79a",
            "sku": "T-N",
            "categories": "summer,tees",
            "parent": "T",
            "main_color": "navy",
            "gallery": "dog,tiger",
            "name-en_US": "Tee",
            "image_1": url("one"),
            "picture-ecommerce": url("two"),
        },
        {"uuid": "9f987844", "an_image": url("three")},
    ]
    assert read(write(tmp_path / "feed.csv", HEADER, rows, ";")) == (
        "Akeneo product export",
        [
            ("T-N", "summer,tees", "T", "navy", ["one", "two"]),
            ("9f987844", None, None, None, ["three"]),
        ],
    )
