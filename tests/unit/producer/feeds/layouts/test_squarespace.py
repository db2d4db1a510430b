from pathlib import Path

from tests.unit.producer.feeds.layouts.reading import read, url, write

HEADER = [
    *("Product ID [Non Editable]", "Variant ID [Non Editable]", "Product Type [Non Editable]"),
    *("Product Page", "Product URL", "Title", "Description", "SKU", "Option Name 1"),
    *("Option Value 1", "Option Name 2", "Option Value 2", "Price", "Stock", "Categories"),
    *("Tags", "Visible", "Hosted Image URLs"),
]


def test_rows_below_a_product_are_its_variants(tmp_path: Path) -> None:
    rows = [
        {
            "Product ID [Non Editable]": "5f",
            "Variant ID [Non Editable]": "v1",
            "Product URL": "tee",
            "Title": "Tee",
            "SKU": "T-S",
            "Option Name 1": "Size",
            "Option Value 1": "S",
            "Categories": "/sale, /women/tees",
            "Hosted Image URLs": f"{url('front')}\n{url('back')} {url('detail')}",
        },
        {"Variant ID [Non Editable]": "v2", "Option Value 1": "M"},
        {
            "Product URL": "cap",
            "Title": "Cap",
            "SKU": "C-R",
            "Option Name 1": "Color",
            "Option Value 1": "Red",
            "Hosted Image URLs": f"{url('red')} {url('blue')}",
        },
        {"SKU": "C-B", "Option Value 1": "Blue"},
    ]
    gallery = ["front", "back", "detail"]
    assert read(write(tmp_path / "feed.csv", HEADER, rows)) == (
        "Squarespace product export",
        [
            ("T-S", "women/tees", "tee", None, gallery),
            ("tee/M", "women/tees", "tee", None, gallery),
            ("C-R", None, "cap", "Red", ["red"]),
            ("C-B", None, "cap", "Blue", ["red"]),
        ],
    )
