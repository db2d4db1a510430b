"""`score` as a shell calls it: figures, CSV and page, of results that are stored already."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from shared.contracts.results import Shade
from shared.database.models import Product
from shared.settings import get_settings
from shared.storage.storage import open_storage
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell, shell

__all__ = ["shell"]

GREEN = Shade("#2f5d3a", (35.5, -24.5, 15.4), 1.0, "forest green", "green")
BLUE = Shade("#2566c0", (43.4, 11.6, -53.4), 1.0, "blue", "blue")
WORDS = {
    "NAVY-1": "Navy",
    "NAVY-2": "navy",
    "NEAR": "Navy",
    "WRONG": "<b>Burgundy</b>",
    "TWO": "Navy/White",
    "PRINT": "Leopard",
    "ODD": "Moonlight",
    "SILENT": "",
    "LOST": "Red",
    "WAITS": "Red",
    "NEW": "Red",
}


@pytest.fixture
def shop(shell: Shell, engine: Engine, database_url: str, tmp_path: Path) -> Shell:
    """A shop with one product of each outcome; its feed is feed.csv."""
    shell.set(DATABASE_URL=database_url, COLOURWAY_CHUNK_SIZE=50)

    def add(sku: str, *shades: Shade, **columns: Any) -> None:
        add_answered(engine, sku, *shades, catalogue="default", **columns)

    add("NAVY-1", NAVY, piece="top", confidence=0.97)
    add("NAVY-2", NAVY, piece="top", confidence=0.81)
    add("NEAR", BLUE, colour_family_second="navy", piece="bottom", confidence=0.92)
    add("WRONG", GREEN, piece="outerwear", confidence=0.95)
    add("TWO", NAVY, WHITE, confidence=0.95)
    add("PRINT", RED)
    add("ODD", RED)
    add("SILENT", RED)
    add("LOST", RED, colour_family=None, colour_name=None, colour_hex=None)
    add("WAITS")
    write_feed(tmp_path / "feed.csv", WORDS)
    return shell


def write_feed(path: Path, words: dict[str, str], column: str = "shop_word") -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "image_url", "title", "category", column])
        for sku, word in words.items():
            rows.writerow([sku, f"https://a.example/{sku}-1.jpg", "<i>T</i>", "Shoes", word])


def test_figures(shop: Shell, tmp_path: Path) -> None:
    told = shop.answer("score", tmp_path / "feed.csv", "--colour-column", "shop_word")
    assert told["outcomes"] == {
        "agrees": 3,
        "either": 1,
        "differs": 1,
        "abstained": 1,
        "several": 1,
        "not_understood": 1,
        "no_word": 1,
        "no_result": 2,
    }
    assert told["products"] == 11
    assert told["strict"] == {"hits": 3, "of": 5, "share": 0.6, "interval_95": [0.2307, 0.8824]}
    assert told["either"]["hits"] == 4
    assert told["sure"]["strict"]["of"] == told["confidence_0.9"]["strict"]["of"] == 4
    assert told["sure"]["answered"] | {"interval_95": None} == {
        "hits": 4,
        "of": 6,
        "share": 0.6667,
        "interval_95": None,
    }
    assert told["understood"]["hits"] == 7
    assert [(each["piece"], each["strict"]["of"]) for each in told["pieces"]] == [
        ("top", 2),
        ("bottom", 1),
        ("outerwear", 1),
        ("shoes", 1),
    ]
    assert [(row["word"], row["strict"]["hits"], row["strict"]["of"]) for row in told["words"]] == [
        ("Navy", 2, 3),
        ("<b>Burgundy</b>", 0, 1),
        ("Navy/White", 1, 1),
    ]
    # 0.81 is right, and of four at 0.9475 two are.
    assert told["calibration"]["expected_error"] == pytest.approx((0.19 + 4 * 0.4475) / 5, abs=1e-4)
    assert told["not_understood"] == {"Moonlight": 1}
    assert [each["sku"] for each in told["likely_wrong"]] == ["WRONG"]
    assert told["likely_wrong"][0]["word_hex"] == "#641a28"
    assert {"word": "Navy", "family": "blue", "products": 1, "outcome": "either"} in told[
        "confusion"
    ]


def test_words_may_stand_in_a_file_of_their_own(shop: Shell, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text("sku,color\nNAVY-1,Navy\nWRONG,Green\nELSEWHERE,Red\n", encoding="utf-8")
    feed = tmp_path / "feed.csv"
    told = shop.answer("score", feed, "--labels", labels)
    assert (told["strict"]["hits"], told["strict"]["of"]) == (2, 2)
    assert told["outcomes"]["no_word"] == 7
    labels.write_text("sku,mine\nNAVY-1,Navy\n", encoding="utf-8")
    assert shop.answer("score", feed, "--labels", labels, "--colour-column", "mine")["strict"][
        "hits"
    ]
    said = shop.call("score", feed, "--labels", labels)
    assert (said.exit_code, "no column for the word" in said.err) == (1, True)


def test_what_is_scored_can_be_narrowed(shop: Shell, tmp_path: Path) -> None:
    def compared(*words: object) -> int:
        feed = (tmp_path / "feed.csv", "--colour-column", "shop_word")
        return shop.answer("score", *feed, *words)["strict"]["of"]

    assert compared("--limit", 2) == 2
    assert compared("--where", "piece=top") == 2
    assert compared("--where", "confidence>0.96") == 1


def test_nothing_is_written_to_the_products(shop: Shell, engine: Engine, tmp_path: Path) -> None:
    shop.answer("score", tmp_path / "feed.csv", "--colour-column", "shop_word")
    with engine.connect() as connection:
        assert set(connection.scalars(select(Product.merchant_colour))) == {None}


def test_the_table(shop: Shell, tmp_path: Path) -> None:
    said = shop.call("score", tmp_path / "feed.csv", "--colour-column", "shop_word")
    lines = said.out.splitlines()
    assert lines[0] == "11 products, 5 words compared"
    assert re.match(r"agree +60\.0% +23\.1% to 88\.2% +3 of 5", lines[1])
    assert "2 no_result: no result is stored yet" in lines
    assert any(re.match(r"WRONG +██ <b>Burgundy</b> +██ forest green", line) for line in lines)


def test_page_and_csv(shop: Shell, tmp_path: Path) -> None:
    jpeg = b"\xff\xd8\xff a thumbnail"
    open_storage(get_settings()).put("3/WRONG-1/thumbnail.jpg", jpeg, "image/jpeg")
    out = tmp_path / "out"
    feed = (tmp_path / "feed.csv", "--colour-column", "shop_word")
    said = shop.call("score", *feed, "--out", out)
    assert said.out.splitlines()[-1] == f"page: {(out / 'score.html').as_uri()}"

    html = (out / "score.html").read_text(encoding="utf-8")
    assert "<b>Burgundy</b>" not in html
    assert "&lt;b&gt;Burgundy&lt;/b&gt;" in html
    assert html.count("<img ") == 2  # among the likely wrong words, and behind its cell
    assert not re.search(r'(?:src|href)="(?!data:|#|https://a\.example/)', html)
    targets = re.findall(r'href="#(cell-[^"]+)"', html)
    assert len(targets) == 6
    assert all(f'id="{target}"' in html for target in targets)
    beside = '<i style="background:#641a28"></i><i style="background:#2f5d3a"></i>'
    assert html.count(beside) == 2

    text = (out / "score.csv").read_text(encoding="utf-8")
    rows = {row["sku"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert len(rows) == 11
    assert {sku: row["outcome"] for sku, row in rows.items() if row["outcome"] != "agrees"} == {
        "NEAR": "either",
        "WRONG": "differs",
        "LOST": "abstained",
        "PRINT": "several",
        "ODD": "not_understood",
        "SILENT": "no_word",
        "WAITS": "no_result",
        "NEW": "no_result",
    }
    assert (rows["NEAR"]["family"], rows["NEAR"]["family_second"]) == ("blue", "navy")
    assert (rows["NAVY-2"]["sure"], rows["WRONG"]["sure"], rows["NEW"]["sure"]) == ("no", "yes", "")
    assert rows["WRONG"]["means"] == "red|purple"
    assert shop.call("score", *feed, "--out", out, "--examples", 0).exit_code == 0
    assert (out / "score.html").read_text(encoding="utf-8").count("<img ") == 1


def test_without_anything_to_compare_it_says_what_to_do(shop: Shell, tmp_path: Path) -> None:
    def failed(words: dict[str, str], *options: object) -> str:
        feed = tmp_path / "other.csv"
        write_feed(feed, words, "shop_word" if "--colour-column" in options else "unlike")
        said = shop.call("score", feed, *options)
        assert said.exit_code == 1
        return said.err

    named = ("--colour-column", "shop_word")
    assert "run `colourway run" in failed({"NEW": "Red", "WAITS": "Red"}, *named)
    assert "name its column with --colour-column" in failed({"ODD": "Red", "NEW": "Red"})
    assert "COLOURWAY_LEXICON" in failed({"ODD": "Moonlight", "NEW": "Red"}, *named)
    assert "no product to score" in failed({}, *named)
    said = shop.call("score", tmp_path / "feed.csv", "--catalogue", "other", *named)
    assert (said.exit_code, "there is no such catalogue" in said.err) == (2, True)


def test_before_the_first_run_it_says_to_run(shell: Shell, tmp_path: Path) -> None:
    write_feed(tmp_path / "feed.csv", WORDS)
    said = shell.call("score", tmp_path / "feed.csv")
    assert said.exit_code == 1
    assert f"nothing is stored yet; run `colourway run {tmp_path / 'feed.csv'}` first" in said.err
    assert not (tmp_path / "home").exists()
