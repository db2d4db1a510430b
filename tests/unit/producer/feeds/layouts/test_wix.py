from pathlib import Path

from tests.unit.producer.feeds.layouts.reading import read, url, write

FIRST = [
    *("handleId", "fieldType", "name", "description", "productImageUrl", "collection", "sku"),
    *("price", "visible", "productOptionName1", "productOptionType1", "productOptionDescription1"),
    *("productOptionName2", "productOptionType2", "productOptionDescription2"),
]
TODAY = [
    *("handle", "fieldType", "name", "visible", "plainDescription", "primaryCategorySlug", "media"),
    *("mediaAltText", "price", "sku", "productOptionName1", "productOptionType1"),
    *("productOptionChoices1", "productOptionName2", "productOptionChoices2"),
]
NAME = "Wix product export"


def test_the_first_catalogue(tmp_path: Path) -> None:
    file = "0f1e2d_0123456789abcdef0123456789abcdef~mv2.jpg"
    rows = [
        {
            "handleId": "p1",
            "fieldType": "Product",
            "name": "Tee",
            "productImageUrl": f"{file};{url('two')}",
            "collection": "Tees;Sale",
            "productOptionName1": "Color",
            "productOptionType1": "COLOR",
            "productOptionDescription1": "#000080:Navy;#9caf88:Sage",
            "productOptionName2": "Size",
            "productOptionDescription2": "S;M",
        },
        {
            "handleId": "p1",
            "fieldType": "Variant",
            "sku": "T-N",
            "productOptionDescription1": "#000080:Navy",
            "productOptionDescription2": "S",
        },
        {
            "handleId": "p1",
            "fieldType": "Variant",
            "productOptionDescription1": "Sage",
            "productOptionDescription2": "S",
        },
        {"handleId": "p2", "fieldType": "Product", "sku": "CAP", "productImageUrl": url("cap")},
    ]
    main = f"https://static.wixstatic.com/media/{file}".removesuffix(".jpg")
    assert read(write(tmp_path / "feed.csv", FIRST, rows)) == (
        NAME,
        [
            ("T-N", "Tees", "p1", "Navy", [main]),
            ("p1/Sage/S", "Tees", "p1", "Sage", [main]),
            ("CAP", None, "p2", None, ["cap"]),
        ],
    )


def test_the_catalogue_of_today(tmp_path: Path) -> None:
    product = {
        "handle": "tee",
        "fieldType": "PRODUCT",
        "name": "Tee",
        "primaryCategorySlug": "tees",
        "media": url("main"),
        "productOptionName1": "Colour",
        "productOptionChoices1": "Navy;Sage",
    }
    rows = [
        product,
        {"handle": "tee", "fieldType": "VARIANT", "sku": "T-N", "productOptionChoices1": "Navy"},
        {"handle": "tee", "fieldType": "VARIANT", "sku": "T-S", "productOptionChoices1": "Sage"},
        {
            "handle": "tee",
            "fieldType": "MEDIA",
            "media": url("sage"),
            "productOptionChoices1": "Sage",
        },
        {"handle": "tee", "fieldType": "MEDIA", "media": url("more")},
    ]
    assert read(write(tmp_path / "feed.csv", TODAY, rows)) == (
        NAME,
        [
            ("T-N", "tees", "tee", "Navy", ["main"]),
            ("T-S", "tees", "tee", "Sage", ["sage"]),
        ],
    )
