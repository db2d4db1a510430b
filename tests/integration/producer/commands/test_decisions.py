"""Decisions in what commands write: exports, the labelled set, audit, score and diff."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as parquet
import pytest
from sqlalchemy import Engine

from bench.fitting.samples import Words
from shared.contracts.decisions import Ruling
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.decided import BEN, answered, correct, history, judge, take_back
from tests.support.catalogue.shelf import NAVY, RED, WHITE, add_answered
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.staged import add_shop, hold_and_work

MEASURED_SHADES = "15.0 7.2 -21.4 0.800 | 96.2 -0.2 0.5 0.200"


@pytest.fixture
def shop(shell: Shell, engine: Engine, database_url: str) -> Shell:
    """A navy shirt that is black by decision, a red dress, a bag that is not in its picture."""
    shell.set(DATABASE_URL=database_url)
    add_answered(
        engine, "A-1", NAVY, WHITE, title="Shirt", category="shirts", merchant_colour="Black"
    )
    add_answered(engine, "B-2", RED, title="Dress", category="dresses", merchant_colour="Red")
    add_answered(engine, "C-3", RED, title="Bag", category="bags", merchant_colour="Navy")
    correct(engine, "A-1", family="black")
    judge(engine, "B-2", Ruling.ACCEPTED, BEN)
    judge(engine, "C-3", Ruling.NOT_IN_PICTURE)
    return shell


def written(shop: Shell, out: Path, *words: object) -> bytes:
    said = shop.call("export", "--out", out, *words)
    assert said.exit_code == 0, said.err
    return out.read_bytes()


def test_decisions_win_in_every_form_of_an_export(
    shop: Shell, engine: Engine, tmp_path: Path
) -> None:
    black = answered(engine, "A-1").colour
    assert black is not None
    text = written(shop, tmp_path / "out.csv").decode()
    rows = {row["sku"]: row for row in csv.DictReader(io.StringIO(text, newline=""))}
    told = ("colour_family", "colour_name", "colour_hex", "confidence", "warnings", "decision")
    assert [rows["A-1"][name] for name in told] == [
        *("black", black.name, black.hex, "1.0", "", "corrected")
    ]
    assert [rows["C-3"][name] for name in told] == [
        *("", "", "", "", "piece_not_found", "not_in_picture")
    ]
    assert rows["B-2"]["decided_at"].startswith("20")
    lines = written(shop, tmp_path / "out.jsonl").decode().splitlines()
    objects = {each["sku"]: each for each in map(json.loads, lines)}
    assert [each["family"] for each in objects["A-1"]["colours"]] == ["black", "white"]
    written(shop, tmp_path / "out.parquet")
    table = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [row["colour_family"] for row in table] == ["black", "red", None]
    assert [row["decision"] for row in table] == ["corrected", "accepted", "not_in_picture"]
    feed = written(shop, tmp_path / "out.tsv").decode().splitlines()
    assert [line.split("\t")[3] for line in feed[1:]] == ["black", "red", ""]
    nodes = json.loads(written(shop, tmp_path / "out.jsonld"))
    codes = {
        (node["sku"], each["name"]): each["value"]
        for node in nodes
        for each in node.get("additionalProperty", ())
    }
    assert codes["A-1", "colour family"] == "black"
    assert ("C-3", "colour family") not in codes


def test_conditions_see_what_was_decided(shop: Shell, tmp_path: Path) -> None:
    for condition, skus in (
        ("family=black", ["A-1"]),
        ("family=navy", []),
        ("decision=corrected", ["A-1"]),
        ("decision=none", []),
        ("decision!=accepted", ["A-1", "C-3"]),
    ):
        text = written(shop, tmp_path / "out.csv", "--where", condition).decode()
        assert [row["sku"] for row in csv.DictReader(io.StringIO(text))] == skus, condition


def labels(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_labelled_set_holds_both_what_was_measured_and_what_was_decided(
    shop: Shell, engine: Engine, tmp_path: Path
) -> None:
    add_answered(engine, "D-4", RED)  # nobody has decided on it
    out = tmp_path / "labels.csv"
    rows = labels(written(shop, out, "--decisions").decode())
    assert [(row["sku"], row["colour"], row["ruling"], row["decided_by"]) for row in rows] == [
        ("A-1", "black", "corrected", "ada"),
        ("B-2", "red", "accepted", "ben"),
        ("C-3", "", "not_in_picture", "ada"),
    ]
    assert rows[0]["measured_family"] == "navy"
    assert rows[0]["shades"] == MEASURED_SHADES
    assert rows[0]["image_url"] == "https://a.example/A-1-1.jpg"
    # Training reads it as it is: words of people, beside what was measured.
    samples = Words.load().shops(out)
    assert [(each.word, each.families) for each in samples] == [
        ("black", frozenset({"black"})),
        ("red", frozenset({"red"})),
    ]
    assert samples[0].shares.tolist() == [0.8, 0.2]
    lines = written(shop, tmp_path / "labels.jsonl", "--decisions").decode().splitlines()
    assert [json.loads(line)["colour"] for line in lines] == ["black", "red", None]
    said = shop.call("export", "--out", tmp_path / "labels.parquet", "--decisions")
    assert said.exit_code == 2
    assert "--decisions are written as csv or jsonl" in said.err


def test_score_judges_what_was_measured_by_the_labels(shop: Shell, tmp_path: Path) -> None:
    out = tmp_path / "labels.csv"
    written(shop, out, "--decisions")
    decided: Any = shop.answer("score", out, "--catalogue", "shop")
    assert (decided["strict"]["hits"], decided["strict"]["of"]) == (2, 2)
    measured: Any = shop.answer("score", out, "--catalogue", "shop", "--measured")
    assert (measured["strict"]["hits"], measured["strict"]["of"]) == (1, 2)


def test_the_audit_reads_what_was_decided(shop: Shell, engine: Engine) -> None:
    words = ("audit", "--catalogue", "shop", "--only", "name", "--examples", 10)
    assert "B-2" not in json.dumps(shop.answer(*words))
    correct(engine, "B-2", family="green")
    assert "B-2" in json.dumps(shop.answer(*words))
    take_back(engine, "B-2")
    assert "B-2" not in json.dumps(shop.answer(*words))


def test_a_diff_shows_where_new_results_disagree_with_people(
    shell: Shell, engine: Engine, database_url: str, tmp_path: Path
) -> None:
    shell.set(DATABASE_URL=database_url)
    ledger = Ledger(engine, get_settings())
    add_shop(engine, ledger, {1: NAVY, 2: NAVY, 3: NAVY}, "old")
    correct(engine, "P1", family="black")
    correct(engine, "P2", family="red")
    batch = hold_and_work(engine, ledger, {1: RED, 2: RED, 3: RED}, "new")
    told = shell.answer("diff", batch, "--examples", 2)
    assert (told["products"], told["changed"]) == (3, 3)
    assert (told["decided"]["products"], told["decided"]["disagree"]) == (2, 1)
    (example,) = told["decided"]["examples"]
    assert (example["sku"], example["decision"]["decided"]["family"]) == ("P1", "black")
    assert example["after"]["family"] == "red"
    said = shell.call("diff", batch)
    assert "decided on by people: 2 products; the batch disagrees on 1" in said.out
    page = tmp_path / "diff.html"
    assert shell.call("diff", batch, "--html", page).exit_code == 0
    html = page.read_text(encoding="utf-8")
    assert "2 products decided on, the batch disagrees on 1;" in html
    assert 'id="people-family-black-red"' in html
    assert shell.call("promote", batch, "--force").exit_code == 0
    assert answered(engine, "P1").colour_family == "black"
    assert answered(engine, "P1", as_measured=True).colour_family == "red"
    assert answered(engine, "P3").colour_family == "red"
    assert shell.call("rollback", batch).exit_code == 0
    assert [answered(engine, sku).colour_family for sku in ("P1", "P2", "P3")] == [
        *("black", "red", "navy")
    ]


def test_decisions_are_listed_and_taken_back(shop: Shell, engine: Engine) -> None:
    told = shop.answer("decisions", "list")
    assert [each["sku"] for each in told["decisions"]] == ["C-3", "B-2", "A-1"]
    assert [
        each["sku"] for each in shop.answer("decisions", "list", "--by", "ben")["decisions"]
    ] == ["B-2"]
    said = shop.call("decisions", "take-back", "A-1", "--by", "carla")
    assert (said.exit_code, said.out) == (0, "A-1: took back what ada said: corrected\n")
    assert history(engine, "A-1")[0] == (1, "corrected", "black", "ada", False, "carla")
    assert answered(engine, "A-1").colour_family == "navy"
    said = shop.call("decisions", "list", "--all")
    assert "corrected (taken back)" in said.out
    said = shop.call("decisions", "take-back", "A-1", "--by", "carla")
    assert said.exit_code == 1
    assert "A-1 has no decision that could be taken back" in said.err
    assert "there is no such product" in shop.call("decisions", "take-back", "Z").err
    take_back(engine, "B-2")


def test_queues_are_made_and_their_worth_is_told(shop: Shell, engine: Engine) -> None:
    for number in range(4):
        add_answered(engine, f"N-{number}", NAVY, merchant_colour="Red", piece="top")
    made = shop.answer("review", "filter", "navy ones", "--where", "family=navy")
    assert (made["products"], made["left_out_as_decided"]) == (4, 0)
    made = shop.answer("review", "audit", "odd words", "--only", "name")
    assert made["products"] == 4
    made = shop.answer("review", "sample", "all", "--catalogue", "shop", "--size", 7)
    assert made["products"] == 7
    judge(engine, "N-0", Ruling.ACCEPTED)
    told = shop.answer("review", "list")["queues"]
    assert [(each["name"], each["open"], each["accepted"]) for each in told] == [
        ("all", 3, 2),
        ("odd words", 3, 1),
        ("navy ones", 3, 1),
    ]
    (worth,) = shop.answer("review", "worth")["catalogues"]
    assert (worth["right"]["hits"], worth["right"]["of"], worth["left"]) == (2, 4, 3)
    assert "50.0%" in shop.call("review", "worth").out
    said = shop.call("review", "filter", "navy ones", "--where", "family=navy")
    assert said.exit_code == 1
    assert "has a review queue 'navy ones' already" in said.err
