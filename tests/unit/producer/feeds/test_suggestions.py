from pathlib import Path

import pytest

from producer.feeds.columns import Columns
from producer.feeds.products import read_products
from producer.feeds.source import open_feed
from shared.errors import FeedError

PICTURE = "https://a.example/1.jpg"


@pytest.mark.parametrize(
    ("text", "suggested"),
    [
        (f"Artikelnr,Name,image\nA,x,{PICTURE}\n", "--sku-column Artikelnr"),
        (f"Référence;Nom;image\nA;x;{PICTURE}\n", "--sku-column 'Référence'"),
        (f"Prodct ID,image\nA,{PICTURE}\n", "--sku-column 'Prodct ID'"),
        (f"sku,Bild\nA,{PICTURE}\n", "--picture-column Bild"),
        (f"sku,Bildtext,Datei\nA,Ein Kleid,{PICTURE}\n", "--picture-column Datei"),
        ("sku,Foto 1,Text\nA,,x\n", "--picture-column 'Foto 1'"),
        ("sku,title\nA,x\n", None),
    ],
)
def test_a_column_that_may_be_meant_is_named(
    tmp_path: Path, text: str, suggested: str | None
) -> None:
    path = tmp_path / "feed.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FeedError) as raised, open_feed(str(path)) as opened:
        list(read_products(opened, Columns()))
    told = str(raised.value)
    assert ("Did you mean" in told) is (suggested is not None)
    assert suggested is None or f"Then add {suggested}\n" in told
    assert "The first row: " in told
    assert "Columns found: " in told


def test_nothing_of_a_header_reaches_a_terminal_raw(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(b"a\x1b[31m,b\x00,\xff\n\x1b]0;x\x07,y,z\n")
    with pytest.raises(FeedError) as raised, open_feed(str(path)) as opened:
        list(read_products(opened, Columns()))
    assert str(raised.value).replace("\n", "").isprintable()
