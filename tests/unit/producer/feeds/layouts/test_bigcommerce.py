from pathlib import Path

from tests.unit.producer.feeds.layouts.reading import read, url, write

TODAY = [
    *("Item", "ID", "Name", "Type", "SKU", "Options", "Inventory Tracking", "Price", "Brand ID"),
    *("Categories", "Description", "Variant Image URL", "Internal Image URL (Export)"),
    *("Image URL (Import)", "Image Description", "Image is Thumbnail", "Image Sort Order"),
]
BEFORE = [
    *("Item Type", "Product ID", "Product Name", "Product Type", "Product Code/SKU", "Category"),
    *("Product Image ID - 1", "Product Image File - 1", "Product Image Is Thumbnail - 1"),
    *("Product Image Sort - 1", "Product Image URL - 1", "Product Image File - 2"),
    *("Product Image URL - 2", "Product Image Is Thumbnail - 2", "Product Image Sort - 2"),
]
NAME = "BigCommerce product export"


def option(colour: str) -> str:
    return f"Type=Swatch|Name=Color|Value={colour}[#112233]"


def test_what_is_exported_today(tmp_path: Path) -> None:
    rows = [
        {"Item": "Product", "ID": "7", "Name": "Tee", "SKU": "T", "Categories": "Sale;Shop/Tees"},
        {"Item": "Variant", "ID": "8", "SKU": "T-N", "Options": option("Navy")},
        {
            "Item": "Variant",
            "ID": "9",
            "SKU": "T-S",
            "Options": option("Sage"),
            "Variant Image URL": url("sage"),
        },
        {"Item": "Image", "Internal Image URL (Export)": url("two"), "Image Sort Order": "2"},
        {
            "Item": "Image",
            "Internal Image URL (Export)": url("main"),
            "Image Sort Order": "3",
            "Image is Thumbnail": "TRUE",
        },
        {"Item": "Video", "Name": "A film"},
        {"Item": "Product", "ID": "10", "Name": "Cap", "Categories": "Shop"},
        {"Item": "Image", "Image URL (Import)": url("cap"), "Image Sort Order": "0"},
    ]
    assert read(write(tmp_path / "feed.csv", TODAY, rows)) == (
        NAME,
        [
            ("T", "Shop/Tees", "T", None, ["main", "two"]),
            ("T-N", "Shop/Tees", "T", "Navy", ["main"]),
            ("T-S", "Shop/Tees", "T", "Sage", ["sage"]),
            ("10", "Shop", None, None, ["cap"]),
        ],
    )


def test_what_was_exported_before(tmp_path: Path) -> None:
    rows = [
        {
            "Item Type": "Product",
            "Product ID": "7",
            "Product Name": "Tee",
            "Product Code/SKU": "T",
            "Category": "Shop/Tees",
            "Product Image File - 1": "t/1.jpg",
            "Product Image URL - 1": url("one"),
            "Product Image Sort - 1": "1",
            "Product Image URL - 2": url("zero"),
            "Product Image Sort - 2": "0",
        },
        {"Item Type": "  SKU", "Product Name": "[CS]Color=Navy:#112233", "Product Code/SKU": "T-N"},
        {"Item Type": "  SKU", "Product Name": "[CS]Color=Sage:#445566", "Product Code/SKU": "T-S"},
        {"Item Type": "Rule", "Product Code/SKU": "T-S", "Product Image URL - 1": url("sage")},
    ]
    assert read(write(tmp_path / "feed.csv", BEFORE, rows)) == (
        NAME,
        [
            ("T", "Shop/Tees", "T", None, ["zero", "one"]),
            ("T-N", "Shop/Tees", "T", "Navy", ["zero"]),
            ("T-S", "Shop/Tees", "T", "Sage", ["sage"]),
        ],
    )
