"""`audit` compares a word with the product's own colours, and shows the word's own colour."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from shared.contracts.results import Shade
from shared.database.models import ProductImage
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell, shell

__all__ = ["shell"]

GREEN = Shade("#2f5d3a", (35.5, -24.5, 15.4), 0.8, "forest green", "green")
MAROON = Shade("#4a2326", (19.2, 18.2, 8.1), 0.2, "oxblood", "red")
JET = Shade("#1a1a1a", (9.3, 0.0, 0.0), 1.0, "jet black", "black")


@pytest.fixture
def shop(shell: Shell, database_url: str) -> Shell:
    shell.set(DATABASE_URL=database_url)
    return shell


def names(shop: Shell) -> dict[str, list[list[object]]]:
    """Return the colours beside each product whose name does not fit."""
    told = shop.answer("audit", "--only", "name")
    return {each["sku"]: each["second"]["colours"] for each in told["shown"]}


def test_a_finding_says_which_piece_was_measured(shop: Shell, engine: Engine) -> None:
    add_answered(engine, "JACKET", GREEN, merchant_colour="Burgundy", piece="outerwear")
    add_answered(engine, "BAG", JET, merchant_colour="Silver")
    told = shop.answer("audit", "--only", "name")
    assert {each["sku"]: each["first"]["label"] for each in told["shown"]} == {
        "JACKET": "the outerwear",
        "BAG": "the picture",
    }


def test_burgundy_on_green_and_silver_on_black_are_found_beside_their_own_swatch(
    shop: Shell, engine: Engine
) -> None:
    add_answered(engine, "JACKET", GREEN, MAROON, merchant_colour="Burgundy", piece="outerwear")
    add_answered(engine, "BAG", JET, merchant_colour="Silver")
    add_answered(engine, "TWO", GREEN, merchant_colour="Burgundy/Silver")
    add_answered(engine, "STRIPES", GREEN, replace(MAROON, share=0.3), merchant_colour="Burgundy")

    assert names(shop) == {
        "JACKET": [["#641a28", 1.0, "burgundy"]],
        "BAG": [["#b7bfc7", 1.0, "silver"]],
        "TWO": [["#641a28", 0.5, "burgundy"], ["#b7bfc7", 0.5, "silver"]],
    }


def test_the_page_shows_the_colour_of_the_word(shop: Shell, engine: Engine, tmp_path: Path) -> None:
    add_answered(engine, "JACKET", GREEN, MAROON, merchant_colour="Burgundy", piece="outerwear")
    page = tmp_path / "audit.html"
    shop.call("audit", "--html", page)
    html = page.read_text(encoding="utf-8")
    assert '<span class="meant" style="background:#641a28"></span>' in html
    assert "the shop says<b>Burgundy</b>which is burgundy <code>#641a28</code>" in html


def test_of_an_outfit_only_the_largest_colour_is_the_products(shop: Shell, engine: Engine) -> None:
    half = replace(MAROON, share=0.6)
    add_answered(engine, "OUTFIT", GREEN, half, merchant_colour="Burgundy", subject="person")
    add_answered(
        engine, "PIECE", GREEN, half, merchant_colour="Burgundy", subject="person", piece="top"
    )
    assert list(names(shop)) == ["OUTFIT"]


def test_a_piece_that_was_not_found_has_no_colours_of_its_own(shop: Shell, engine: Engine) -> None:
    lost: dict[str, Any] = {"subject": "person", "warnings": ["piece_not_found"], "item_group": "G"}
    add_answered(engine, "A", GREEN, merchant_colour="Burgundy", **lost)
    add_answered(engine, "B", GREEN, merchant_colour="Green", **lost)
    told = shop.answer("audit")
    assert told["counts"] == {"name": 0, "variants": 0, "photos": 0, "doubt": 2}
    assert told["names"]["compared"] == 0


def test_photos_of_the_piece_are_compared_with_each_other_alone(
    shop: Shell, engine: Engine
) -> None:
    for sku, other in (("SAME", {"piece": "top"}), ("LOST", {"warnings": ["piece_not_found"]})):
        add_answered(
            engine, sku, RED, photos={f"{sku}-2": (NAVY, WHITE)}, subject="person", piece="top"
        )
        with engine.begin() as connection:
            first, second = (ProductImage.url == f"https://a.example/{sku}-{n}.jpg" for n in (1, 2))
            connection.execute(update(ProductImage).where(first).values(piece="top"))
            connection.execute(update(ProductImage).where(second).values(**other))
    told = shop.answer("audit", "--only", "photos")
    assert [each["sku"] for each in told["shown"]] == ["SAME"]
