from pathlib import Path

from producer.feeds.layouts.woocommerce import values_of
from tests.unit.producer.feeds.layouts.reading import read, url, write

HEADER = [
    *("ID", "Type", "SKU", "GTIN, UPC, EAN, or ISBN", "Name", "Published", "Is featured?"),
    *("Visibility in catalog", "Short description", "Description", "Tax status", "In stock?"),
    *("Categories", "Tags", "Shipping class", "Images", "Parent", "Grouped products", "Position"),
    *("Attribute 1 name", "Attribute 1 value(s)", "Attribute 1 visible", "Attribute 1 global"),
    *("Attribute 2 name", "Attribute 2 value(s)"),
]
HOODIE = {
    "ID": "44",
    "Type": "variable",
    "SKU": "hoodie",
    "Name": "Hoodie",
    "Categories": "Sale, Clothing > Hoodies",
    "Images": f"{url('main')}, {url('blue')}",
    "Attribute 1 name": "Size",
    "Attribute 1 value(s)": "S, M",
    "Attribute 2 name": "pa_color",
    "Attribute 2 value(s)": "Blue, Green",
}


def variation(number: str, parent: str, colour: str, picture: str = "") -> dict[str, str]:
    return {
        "ID": number,
        "Type": "variation, downloadable",
        "SKU": f"hoodie-{colour}",
        "Parent": parent,
        "Images": picture,
        "Attribute 2 name": "pa_color",
        "Attribute 2 value(s)": colour,
    }


def test_variations_take_from_their_parent_what_they_lack(tmp_path: Path) -> None:
    rows = [
        variation("50", "id:44", "Blue", url("blue")),  # before its parent
        HOODIE,
        {"ID": "60", "Type": "simple", "Images": url("beanie"), "Categories": "Accessories"},
        variation("51", "hoodie", "Green"),
        variation("52", "hoodie", r"Rose\, pale", url("rose")),
        variation("53", "nobody", "Red", url("red")),
        variation("54", "nobody", "Pink"),
    ]
    assert read(write(tmp_path / "feed.csv", HEADER, rows)) == (
        "WooCommerce product export",
        [
            ("hoodie", "Clothing > Hoodies", "hoodie", None, ["main", "blue"]),
            ("hoodie-Blue", "Clothing > Hoodies", "hoodie", "Blue", ["blue"]),
            ("hoodie-Green", "Clothing > Hoodies", "hoodie", "Green", ["main"]),
            (r"hoodie-Rose\, pale", "Clothing > Hoodies", "hoodie", "Rose, pale", ["rose"]),
            ("60", "Accessories", None, None, ["beanie"]),
            ("rejected 8", "'hoodie-Pink' has no picture", None, None, []),
            ("hoodie-Red", None, "nobody", "Red", ["red"]),
        ],
    )


def test_in_one_colour_variations_take_all_of_the_gallery(tmp_path: Path) -> None:
    parent = HOODIE | {"Attribute 2 value(s)": "Blue"}
    rows = [parent, variation("50", "hoodie", "Blue")]
    assert read(write(tmp_path / "feed.csv", HEADER, rows))[1][1] == (
        ("hoodie-Blue", "Clothing > Hoodies", "hoodie", "Blue", ["main", "blue"])
    )


def test_a_comma_behind_a_backslash_is_of_the_value() -> None:
    assert values_of(r"Black\, matt, White,") == ["Black, matt", "White"]
