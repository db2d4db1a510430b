"""Version 2's file is what @medusajs/core-flows 2.21.2 made of two products of ours."""

from pathlib import Path

from tests.unit.producer.feeds.layouts.reading import read, url, write

DATA = Path(__file__).parent / "data"
NAME = "Medusa product export"


def test_what_version_2_exports() -> None:
    assert read(DATA / "medusa-2.21.2.csv") == (
        NAME,
        [
            ("LS-NV-S", None, "linen-shirt", "Navy", ["navy"]),
            ("LS-SG-S", None, "linen-shirt", "Sage", ["sage"]),
            ("variant_3", None, "cap", None, ["front", "back"]),
        ],
    )


def test_version_1(tmp_path: Path) -> None:
    header = [
        *("Product Id", "Product Handle", "Product Title", "Product Thumbnail", "Product Type"),
        *("Product Collection Title", "Variant Id", "Variant Title", "Variant SKU"),
        *("Option 1 Name", "Option 1 Value", "Image 1 Url", "Image 2 Url"),
    ]
    shared = {
        "Product Handle": "tee",
        "Product Title": "Tee",
        "Product Collection Title": "Summer",
        "Product Thumbnail": url("front"),
        "Image 1 Url": url("back"),
        "Image 2 Url": url("front"),
        "Option 1 Name": "Size",
    }
    rows = [
        shared | {"Variant Id": "v1", "Variant SKU": "T-S", "Option 1 Value": "S"},
        shared | {"Variant Id": "v2", "Variant SKU": "T-M", "Option 1 Value": "M"},
    ]
    assert read(write(tmp_path / "feed.csv", header, rows, ";")) == (
        NAME,
        [
            ("T-S", "Summer", "tee", None, ["front", "back"]),
            ("T-M", "Summer", "tee", None, ["front", "back"]),
        ],
    )
