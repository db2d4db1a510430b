"""What `export` writes in each format and language, on both databases, as a shell calls it."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as parquet
from sqlalchemy import Engine, update

from producer.exports.record import COLUMNS
from shared.contracts.results import Pattern
from shared.database.models import Product
from tests.support.catalogue.exported import exported, objects, shop
from tests.support.catalogue.shelf import AT, NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell

__all__ = ["shop"]  # a fixture


def test_csv_holds_every_column(shop: Shell, tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(exported(shop, tmp_path / "out.csv"), newline="")))
    assert [row["sku"] for row in rows] == ["A-1", "B-2"]
    assert tuple(rows[0]) == COLUMNS
    pictures = tmp_path / "home" / "pictures" / "3" / "A-1-1"
    assert rows[0] == {
        "catalogue": "shop",
        "sku": "A-1",
        "title": 'Shirt "Rosé"\twith tab',
        "category": "shirts",
        "item_group": "G-1",
        "merchant_colour": "",
        "colour_hex": "#1b2444",
        "colour_name": "navy",
        "colour_family": "navy",
        "colour_family_second": "",
        "colour_share": "0.8",
        "pattern": "two-tone",
        "ground": "",
        "print": "",
        "piece": "",
        "colours": json.dumps(
            [
                {"hex": "#1b2444", "name": "navy", "family": "navy", "share": 0.8},
                {"hex": "#f4f4f3", "name": "soft white", "family": "white", "share": 0.2},
            ]
        ),
        "confidence": "0.95",
        "warnings": "skin_in_clothes",
        "image_url": "https://a.example/A-1-1.jpg",
        "crop_key": "3/A-1-1/crop.jpg",
        "cutout_key": "3/A-1-1/cutout.png",
        "outfit_key": "",
        "thumbnail_key": "3/A-1-1/thumbnail.jpg",
        "crop_url": str(pictures / "crop.jpg"),
        "cutout_url": str(pictures / "cutout.png"),
        "outfit_url": "",
        "thumbnail_url": str(pictures / "thumbnail.jpg"),
        "pipeline_version": "3",
        "naming_version": "sha256:0123456789ab",
        "enriched_at": "2026-11-24T18:00:00+00:00",
        "decision": "",
        "decided_at": "",
    }


def test_jsonl_and_parquet_say_the_same(shop: Shell, tmp_path: Path) -> None:
    lines = objects(shop, tmp_path, "--pictures-url", "https://cdn.example/c/")
    assert lines[1]["crop_url"] == "https://cdn.example/c/3/B-2-1/crop.jpg"
    out = tmp_path / "out.parquet"
    shop.call("export", "--out", out, "--pictures-url", "https://cdn.example/c")
    rows = parquet.read_table(out).to_pylist()
    assert [row.pop("enriched_at") for row in rows] == [AT, AT]
    assert rows == [{k: v for k, v in line.items() if k != "enriched_at"} for line in lines]


def test_a_language_changes_words_and_leaves_keys(shop: Shell, tmp_path: Path) -> None:
    (line, *_) = objects(shop, tmp_path, "--language", "fr")
    assert (line["colour_name"], line["colour_family"]) == ("bleu marine", "navy")
    assert [colour["name"] for colour in line["colours"]] == ["bleu marine", "blanc doux"]
    assert [colour["family"] for colour in line["colours"]] == ["navy", "white"]

    shop.set(COLOURWAY_LANGUAGE="de")
    feed = exported(shop, tmp_path / "feed.tsv").splitlines()
    assert feed[1] == "A-1\tG-1\tMarineblau/Mattweiß\tMarineblau\t"
    assert shop.call("validate-feed", tmp_path / "feed.tsv").exit_code == 0
    own = tmp_path / "words.csv"
    own.write_text("word,de\nnavy,Nachtblau\n", encoding="utf-8")
    shop.set(COLOURWAY_WORDS=own)
    assert exported(shop, tmp_path / "feed.tsv").splitlines()[1].endswith("\tNachtblau\t")

    unknown = shop.call("export", "--out", tmp_path / "x.csv", "--language", "xx")
    assert unknown.exit_code == 2
    assert "no words in 'xx'; there are de, en, es, fr, it" in unknown.err


def test_the_merchant_feed_passes_its_own_validator(shop: Shell, tmp_path: Path) -> None:
    out = tmp_path / "feed.tsv"
    said = shop.call("export", "--out", out, "--all")
    assert out.read_text(encoding="utf-8").splitlines() == [
        "id\titem_group_id\tcolor\tcolor_family\tpattern",
        "A-1\tG-1\tnavy/soft white\tnavy\t",
        "B-2\t\tRosso/Navy\tred\t",
        "C-3\t\tEcru\t\t",
    ]
    assert said.err.splitlines() == [
        "B-2: its item group 'G 2' holds more than letters, digits, underscores and "
        "dashes; left empty",
        "products written: 3, as merchant",
        "written in part: 1",
    ]
    checked = shop.call("validate-feed", out)
    assert (checked.exit_code, checked.out, checked.err) == (0, "", "3 items, 0 violations\n")


def test_a_pattern_has_its_ground_and_its_print_apart(
    shop: Shell, engine: Engine, tmp_path: Path
) -> None:
    striped = (replace(WHITE, role="ground"), replace(NAVY, role="print"))
    add_answered(engine, "S-5", *striped, pattern=Pattern.STRIPED)
    where = ("--where", "pattern=striped")
    (line,) = objects(shop, tmp_path, *where)
    assert (line["pattern"], line["ground"], line["print"]) == ("striped", "soft white", "navy")
    (line,) = objects(shop, tmp_path, *where, "--language", "de")
    assert (line["pattern"], line["ground"]) == ("striped", "Mattweiß")

    feed = exported(shop, tmp_path / "feed.tsv", *where, "--language", "de").splitlines()
    assert feed[1] == "S-5\t\tMattweiß/Marineblau\tWeiß\tGestreift"
    text = exported(shop, tmp_path / "out.jsonld", *where, "--language", "fr")
    assert json.loads(text)[0]["pattern"] == "rayé"


def test_of_a_whole_outfit_only_the_largest_colour_is_the_products(
    shop: Shell, engine: Engine, tmp_path: Path
) -> None:
    with engine.begin() as connection:
        connection.execute(update(Product).values(merchant_colour=None))
    text = exported(shop, tmp_path / "feed.tsv", "--family-column", "custom_label_0")
    assert text.splitlines() == [
        "id\titem_group_id\tcolor\tcustom_label_0\tpattern",
        "A-1\tG-1\tnavy/soft white\tnavy\t",
        "B-2\t\tred\tred\t",
    ]


def test_what_google_would_refuse_is_left_out_alone(shop: Shell, engine: Engine) -> None:
    add_answered(engine, "x" * 51, RED)
    add_answered(engine, "D-4", title="no colour at all")
    said = shop.call("export", "--out", "-", "--format", "merchant", "--all")
    assert said.exit_code == 0
    assert len(said.out.splitlines()) == 4
    assert f"{'x' * 51}: its sku has 51 characters; 50 are allowed" in said.err
    assert "D-4: it has no colour, neither the shop's nor a measured one" in said.err
    assert "\nleft out: 2\n" in said.err


def test_a_merchant_feed_holds_one_catalogue(shop: Shell, engine: Engine) -> None:
    add_answered(engine, "A-1", RED, catalogue="other")
    said = shop.call("export", "--out", "-", "--format", "merchant")
    assert (said.exit_code, said.out) == (2, "")
    assert (
        "a merchant feed holds one catalogue, and there are 2: name one with --catalogue"
        in said.err
    )
    said = shop.call("export", "--out", "-", "--format", "merchant", "--catalogue", "other")
    assert said.out.splitlines()[1:] == ["A-1\t\tred\tred\t"]


def test_json_ld(shop: Shell, tmp_path: Path) -> None:
    text = exported(shop, tmp_path / "out.jsonld")
    nodes = json.loads(text)
    assert nodes[0] == {
        "@context": "https://schema.org",
        "@type": "Product",
        "sku": "A-1",
        "name": 'Shirt "Rosé"\twith tab',
        "category": "shirts",
        "color": "navy/soft white",
        "pattern": "two-tone",
        "image": ["https://a.example/A-1-1.jpg"],
        "inProductGroupWithID": "G-1",
        "additionalProperty": [
            {"@type": "PropertyValue", "name": "colour family", "value": "navy"},
            {"@type": "PropertyValue", "name": "colour code", "value": "#1b2444"},
            {"@type": "PropertyValue", "name": "colour name", "value": "navy"},
        ],
    }
    assert nodes[1]["name"] == "</script>"
    assert "</script>" not in text
    assert [json.loads(line.rstrip(",")) for line in text.splitlines()[1:-1]] == nodes
    nothing = exported(shop, tmp_path / "none.jsonld", "--where", "family=green")
    assert json.loads(nothing) == []
