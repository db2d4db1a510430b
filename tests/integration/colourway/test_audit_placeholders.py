"""`audit` where many products show one picture."""

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from producer.catalogue.placeholders import MANY
from shared.database.models import Product, ProductImage
from tests.support.catalogue.shelf import RED, add_answered
from tests.support.catalogue.shell import Shell, shell

__all__ = ["shell"]


@pytest.fixture
def shop(shell: Shell, database_url: str) -> Shell:
    shell.set(DATABASE_URL=database_url)
    return shell


def add(engine: Engine, sku: str, content: str, catalogue: str = "shop", **columns: object) -> None:
    key = add_answered(
        engine, sku, RED, catalogue=catalogue, merchant_colour="Red", confidence=0.95, **columns
    )
    with engine.begin() as connection:
        connection.execute(
            update(ProductImage).where(ProductImage.product_id == key).values(sha256=content)
        )


def doubts(shop: Shell, *words: object) -> dict[str, dict[str, object]]:
    told = shop.answer("audit", "--only", "doubt", *words)
    return {each["sku"]: each for each in told["shown"]}


def test_one_picture_under_many_skus_is_a_placeholder(shop: Shell, engine: Engine) -> None:
    for number in range(MANY):
        add(engine, f"SOON-{number}", "a" * 64)
    add(engine, "OWN", "b" * 64)

    found = doubts(shop)

    assert sorted(found) == [f"SOON-{number}" for number in range(MANY)]
    first = found["SOON-0"]
    assert first["why"] == f"placeholder: {MANY} products show this very picture"
    assert first["warnings"] == ["placeholder"]
    assert first["sureness"] == 0.8


def test_sizes_of_one_garment_share_its_photo(shop: Shell, engine: Engine) -> None:
    for number in range(MANY + 3):
        add(engine, f"SIZE-{number}", "a" * 64, item_group="one dress")

    assert doubts(shop) == {}


def test_fewer_than_many_and_other_catalogues_do_not_count(shop: Shell, engine: Engine) -> None:
    for number in range(MANY - 1):
        add(engine, f"SUIT-{number}", "a" * 64)
    add(engine, "ELSEWHERE", "a" * 64, catalogue="other")

    assert doubts(shop, "--catalogue", "shop") == {}


def test_a_placeholder_that_shows_nothing_is_told_as_well(shop: Shell, engine: Engine) -> None:
    for number in range(MANY):
        key = add_answered(engine, f"NOTHING-{number}", catalogue="shop")
        with engine.begin() as connection:
            connection.execute(
                update(ProductImage)
                .where(ProductImage.product_id == key)
                .values(fingerprint={"sha256": "a" * 64}, cutout_key=None, sha256=None)
            )
            connection.execute(
                update(Product).where(Product.id == key).values(enriched_at=None, cutout_key=None)
            )

    found = doubts(shop)

    assert sorted(found) == [f"NOTHING-{number}" for number in range(MANY)]
    assert found["NOTHING-0"]["why"] == (
        f"placeholder: {MANY} products show this very picture, and nothing for sale was found in it"
    )


def test_exports_warn_of_placeholders_and_choose_by_them(
    shop: Shell, engine: Engine, tmp_path: Path
) -> None:
    for number in range(MANY):
        add(engine, f"SOON-{number}", "a" * 64)
    add(engine, "OWN", "b" * 64)
    out = tmp_path / "out.jsonl"

    shop.answer("export", "--out", out)
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert {row["sku"]: row["warnings"] for row in rows} == {
        **{f"SOON-{number}": ["placeholder"] for number in range(MANY)},
        "OWN": [],
    }
    assert shop.answer("export", "--out", out, "--where", "warning=placeholder")["products"] == MANY
    assert shop.answer("export", "--out", out, "--where", "warning!=placeholder")["products"] == 1
