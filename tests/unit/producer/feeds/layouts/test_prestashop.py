from pathlib import Path

from tests.unit.producer.feeds.layouts.reading import read, url, write

PRODUCTS = [
    *("Product ID", "Active (0/1)", "Name *", "Categories (x,y,z...)", "Price tax excluded"),
    *("Reference #", "EAN13", "Image URLs (x,y,z...)", "Image alt texts (x,y,z...)"),
    "Feature(Name:Value:Position)",
]
COMBINATIONS = [
    *("Product ID*", "Attribute (Name:Type:Position)*", "Value (Value:Position)*"),
    *("Supplier reference", "Reference", "Quantity", "Image position", "Image URLs (x,y,z...)"),
]


def test_products(tmp_path: Path) -> None:
    rows = [
        {
            "Product ID": "7",
            "Name *": "Tee",
            "Reference #": "T",
            "Categories (x,y,z...)": "Home,Women,Sale",
            "Image URLs (x,y,z...)": f"{url('one')},{url('two')}",
            "Feature(Name:Value:Position)": "Material:Cotton:1,Color:Navy:2",
        },
        {"Product ID": "8", "Image URLs (x,y,z...)": url("cap")},
    ]
    assert read(write(tmp_path / "feed.csv", PRODUCTS, rows, ";")) == (
        "PrestaShop file",
        [
            ("T", "Women", None, "Navy", ["one", "two"]),
            ("8", None, None, None, ["cap"]),
        ],
    )


def test_combinations(tmp_path: Path) -> None:
    rows = [
        {
            "Product ID*": "7",
            "Attribute (Name:Type:Position)*": "Couleur:color:0, Taille:select:1",
            "Value (Value:Position)*": "Rouge:0, S:1",
            "Reference": reference,
            "Image URLs (x,y,z...)": url("red"),
        }
        for reference in ("T-R-S", "")
    ]
    assert read(write(tmp_path / "feed.csv", COMBINATIONS, rows, ";"))[1] == [
        ("T-R-S", None, "7", "Rouge", ["red"]),
        ("7/Rouge/S", None, "7", "Rouge", ["red"]),
    ]
