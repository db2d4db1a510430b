from pathlib import Path

import pytest

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


# The columns that are read, as sites in these languages export them.
LANGUAGES = {
    "German": [
        *("Typ", "Artikelnummer", "Name", "Sichtbarkeit im Katalog", "Kategorien", "Bilder"),
        *("Übergeordnetes Produkt", "Attribut 1 Name", "Attribut 1 Wert(e)"),
        *("Attribut 2 Name", "Attribut 2 Wert(e)"),
    ],
    "French": [
        *("Type", "UGS", "Nom", "Visibilité dans le catalogue", "Catégories", "Images", "Parent"),
        *("Nom de l’attribut 1", "Valeur(s) de l’attribut 1 "),
        *("Nom de l’attribut 2", "Valeur(s) de l’attribut 2 "),
    ],
    "Spanish": [
        *("Tipo", "SKU", "Nombre", "Visibilidad en el catálogo", "Categorías", "Imágenes"),
        *("Superior", "Nombre del atributo 1", "Valor(es) del atributo 1"),
        *("Nombre del atributo 2", "Valor(es) del atributo 2"),
    ],
    "Italian": [
        *("Tipo", "SKU", "Nome", "Visibilità nel catalogo", "Categorie", "Immagine", "Genitore"),
        *("Nome dell'attributo 1", "Valore dell'attributo 1"),
        *("Nome dell'attributo 2", "Valore dell'attributo 2"),
    ],
    "Italian, older": [
        *("Tipo", "COD", "Nome", "Visibilità nel catalogo", "Categorie", "Immagine", "Genitore"),
        *("Attributo 1 nome", "Attributo 1 valuta(e)", "Attributo 2 nome", "Attributo 2 valuta(e)"),
    ],
    "German, half translated": [
        *("Typ", "SKU", "Name", "Visibility in catalog", "Categories", "Bilder"),
        *("Übergeordnetes Produkt", "Attribut 1 Name", "Attribut 1 Wert(e)"),
        *("Attribut 2 Name", "Attribut 2 Wert(e)"),
    ],
}
ENGLISH = [
    *("Type", "SKU", "Name", "Visibility in catalog", "Categories", "Images", "Parent"),
    *("Attribute 1 name", "Attribute 1 value(s)", "Attribute 2 name", "Attribute 2 value(s)"),
]


@pytest.mark.parametrize("words", LANGUAGES.values(), ids=LANGUAGES)
def test_the_header_is_in_the_language_of_the_site(words: list[str], tmp_path: Path) -> None:
    in_english = dict(zip(ENGLISH, words, strict=True)) | {"ID": "ID"}
    rows = [HOODIE | {"Attribute 2 name": "Farbe"}, variation("50", "hoodie", "Blue")]
    translated = [{in_english[name]: value for name, value in row.items()} for row in rows]
    assert read(write(tmp_path / "feed.csv", ["ID", *words], translated)) == (
        "WooCommerce product export",
        [
            ("hoodie", "Clothing > Hoodies", "hoodie", None, ["main", "blue"]),
            ("hoodie-Blue", "Clothing > Hoodies", "hoodie", "Blue", ["main", "blue"]),
        ],
    )
