"""`audit` as a shell calls it: every kind of finding, the table, JSON, CSV and the page."""

import csv
import io
import re
from collections.abc import Generator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from shared.contracts.results import Shade
from shared.database.id_ranges import id_ranges
from shared.database.models import Product, ProductImage
from shared.settings import get_settings
from shared.storage.storage import open_storage
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell, shell

__all__ = ["shell"]

BLUE = Shade("#2566c0", (43.4, 11.6, -53.4), 1.0, "blue", "blue")
ALSO_NAVY = Shade("#1c2545", (15.1, 6.3, -20.6), 0.8, "navy", "navy")


@pytest.fixture
def shop(shell: Shell, engine: Engine, database_url: str) -> Generator[Shell]:
    """A shop with one finding of each kind, beside products that are in order."""
    shell.set(DATABASE_URL=database_url)
    add = partial(add_answered, engine)
    add("NAME", RED, merchant_colour="Bleu <marine>", title="<b>Coat</b>", category="coats")
    add("GOOD", NAVY, WHITE, merchant_colour="Marineblau/Weiß")
    add("SECOND", NAVY, replace(WHITE, share=0.4), merchant_colour="off-white")
    add("ODD", RED, merchant_colour="Moonlight")
    add("PRINT", RED, merchant_colour="Leopard")
    add("NONE", RED)
    add("V-1", NAVY, WHITE, merchant_colour="Navy", item_group="G", confidence=0.92)
    add("V-2", ALSO_NAVY, WHITE, merchant_colour="Midnight", item_group="G", confidence=0.97)
    add("V-2-XL", NAVY, WHITE, merchant_colour="midnight ", item_group="G", confidence=0.93)
    add("V-3", RED, merchant_colour="Red", item_group="G")
    add("V-4", NAVY, merchant_colour="Ink", item_group="G")
    add("V-5", NAVY, WHITE, merchant_colour="Navy", item_group="H")
    add("PHOTOS", RED, photos={"back": (RED,), "side": (BLUE,)}, merchant_colour="Red")
    add("ALIKE", NAVY, WHITE, photos={"inside": (WHITE,)}, merchant_colour="Navy")
    add(
        "DOUBT",
        RED,
        merchant_colour="Red",
        confidence=0.3,
        warnings=["skin_in_clothes", "low_confidence"],
    )
    add("WAITS", merchant_colour="Green")
    yield shell


def found(answer: Any) -> dict[str, list[str]]:
    """Return the skus of each kind, surest first."""
    kinds: dict[str, list[str]] = {}
    for each in answer["shown"]:
        kinds.setdefault(each["kind"], []).append(each["sku"])
    return kinds


def test_every_kind_is_found_and_nothing_else(shop: Shell) -> None:
    answer = shop.answer("audit")
    assert found(answer) == {
        "name": ["NAME"],
        "variants": ["V-1"],
        "photos": ["PHOTOS"],
        "doubt": ["DOUBT"],
    }
    assert answer["counts"] == {"name": 1, "variants": 1, "photos": 1, "doubt": 1}
    assert (answer["products"], answer["findings"]) == (15, 4)
    assert answer["names"] == {
        "compared": 12,
        "several": 1,
        "not_understood": 1,
        "unknown": {"Moonlight": 1},
    }
    name, variants, photos, doubt = answer["shown"]
    assert name["why"] == "the shop says Bleu <marine>, the picture red (red)"
    assert name["delta_e"] > 30
    assert 0.5 < name["sureness"] < name["confidence"] == 0.95
    assert name["second"]["family"] == "navy"
    assert variants["why"] == "Navy (V-1) and Midnight (V-2) look the same"
    assert variants["delta_e"] < 1
    assert photos["why"] == "photo 1 shows red (red), photo 3 blue (blue)"
    assert photos["second"]["thumbnail_key"] == "3/side/thumbnail.jpg"
    assert (doubt["why"], doubt["sureness"]) == ("only 30% sure, skin_in_clothes", 0.7)


def test_limits_move_what_is_found(shop: Shell) -> None:
    def asked(*words: object) -> dict[str, list[str]]:
        return found(shop.answer("audit", *words))

    assert asked("--only", "name", "--only", "doubt") == {"name": ["NAME"], "doubt": ["DOUBT"]}
    assert asked("--only", "name", "--delta-e", 90) == {}
    assert asked("--only", "doubt", "--min-confidence", 0, "--where", "confidence>0.5") == {}
    assert asked("--only", "variants", "--same-delta-e", 0.1) == {}
    assert asked("--where", "warning=skin_in_clothes") == {"doubt": ["DOUBT"]}
    assert asked("--category", "coats") == {"name": ["NAME"]}
    assert asked("--examples", 0) == {}


def test_exit_codes(shop: Shell) -> None:
    assert shop.call("audit").exit_code == 0
    assert shop.call("audit", "--fail-on", "name").exit_code == 1
    assert shop.call("audit", "--fail-on", "name", "--category", "shoes").exit_code == 0
    assert shop.call("audit", "--only", "photos", "--fail-on", "name").exit_code == 0
    assert shop.call("audit", "--csv", "-", "--json").exit_code == 2


def test_the_table(shop: Shell) -> None:
    lines = shop.call("audit").out.splitlines()
    assert lines[0] == "15 products, 4 findings"
    assert "1  name      the shop's name does not fit the picture" in "\n".join(lines)
    assert "names: 12 compared, 1 mean many colours, 1 not understood" in lines
    assert "not understood: Moonlight (1)" in lines
    assert any(re.match(r"NAME +██ red the picture +██ .* Bleu <marine>", line) for line in lines)


def test_csv_holds_all_findings(shop: Shell, tmp_path: Path) -> None:
    out = tmp_path / "audit.csv"
    shop.call("audit", "--csv", out, "--examples", 0)
    text = out.read_text(encoding="utf-8")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["sku"] for row in rows] == ["NAME", "V-1", "PHOTOS", "DOUBT"]
    assert rows[1]["other"] == "Midnight, V-2"
    assert rows[2]["other_hex"] == "#2566c0"
    assert rows[3]["thumbnail"].endswith("3/DOUBT-1/thumbnail.jpg")
    printed = shop.call("audit", "--csv", "-")
    assert printed.out.replace("\r\n", "\n") == text.replace("\r\n", "\n")


def test_the_page_is_complete_in_itself(shop: Shell, tmp_path: Path) -> None:
    jpeg = b"\xff\xd8\xff a thumbnail"
    open_storage(get_settings()).put("3/NAME-1/thumbnail.jpg", jpeg, "image/jpeg")
    page = tmp_path / "audit.html"
    said = shop.call("audit", "--html", page)
    assert said.out.splitlines()[-1].startswith("page: file://")
    html = page.read_text(encoding="utf-8")
    assert html.count('<article class="product"') == 4
    assert html.count("<img ") == 1
    assert "data:image/jpeg;base64," in html
    assert "the crop is no longer stored" in html
    assert "&lt;b&gt;Coat&lt;/b&gt;" in html
    assert "<b>Coat</b>" not in html
    assert "Bleu &lt;marine&gt;" in html
    assert "Moonlight" in html
    assert not re.search(r'(?:src|href)="(?!data:|#|https://a\.example/)', html)
    shop.call("audit", "--html", page, "--category", "shoes")
    assert "Nothing was found." in page.read_text(encoding="utf-8")


def test_the_lexicon_of_a_retailer_is_used(shop: Shell, tmp_path: Path) -> None:
    own = tmp_path / "own.csv"
    own.write_text("word,meaning,families\nMoonlight,colour,grey|silver\n", encoding="utf-8")
    shop.set(COLOURWAY_LEXICON=own)
    answer = shop.answer("audit", "--only", "name")
    assert found(answer) == {"name": ["NAME", "ODD"]}
    assert answer["names"]["unknown"] == {}
    own.write_text("word,meaning,families\nMoonlight,colour,moon\n", encoding="utf-8")
    said = shop.call("audit")
    assert said.exit_code == 1
    assert f"{own} line 2: the naming table has no family moon" in said.err


def test_a_damaged_row_is_skipped_alone(shop: Shell, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            update(Product).where(Product.sku == "NAME").values(colours=[{"hex": 1}])
        )
        connection.execute(
            update(ProductImage)
            .where(ProductImage.url == "https://a.example/side.jpg")
            .values(shades={"clothes": ["red"]})
        )
    said = shop.call("audit", "--fail-on", "name", "--fail-on", "photos")
    assert said.exit_code == 0
    assert "NAME: its stored colours make no sense" in said.err
    assert "PHOTOS: photo 3 makes no sense" in said.err


def test_variants_of_one_group_are_found_across_pages(
    shop: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producer.catalogue.reader.id_ranges", partial(id_ranges, size=1))
    monkeypatch.setattr("producer.audit.audit.GROUPS_AT_ONCE", 1)
    answer = shop.answer("audit")
    assert answer["counts"] == {"name": 1, "variants": 1, "photos": 1, "doubt": 1}
