"""Which products `export` writes, and what it refuses, on both databases, as a shell calls it."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, update

from shared.database.id_ranges import id_ranges
from shared.database.models import Product
from tests.support.catalogue.exported import objects, shop
from tests.support.catalogue.shelf import RED, add_answered
from tests.support.catalogue.shell import Shell

__all__ = ["shop"]  # a fixture


@pytest.mark.parametrize(
    ("words", "skus"),
    [
        (("--category", "dresses"), ["B-2"]),
        (("--where", "family=navy"), ["A-1"]),
        (("--where", "family=pink"), ["B-2"]),
        (("--where", "confidence<0.5", "--where", "pattern=plain"), []),
        (("--where", "warning=skin_in_clothes"), ["A-1"]),
        (("--where", "pipeline-version>=3", "--where", "enriched-at<2026-11-25"), ["A-1", "B-2"]),
        (("--since", "2026-11-24T18:00Z"), ["A-1", "B-2"]),
        (("--since", "2026-11-24T18:01Z"), []),
        (("--all",), ["A-1", "B-2", "C-3"]),
        (("--limit", 1), ["A-1"]),
        (("--catalogue", "shop"), ["A-1", "B-2"]),
    ],
)
def test_which_products(
    shop: Shell, tmp_path: Path, words: tuple[object, ...], skus: list[str]
) -> None:
    assert [each["sku"] for each in objects(shop, tmp_path, *words)] == skus


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--out", "feed.xyz"), "the ending of feed.xyz says nothing; say one of csv, jsonl"),
        (("--out", "-"), "--format: for standard output; say one of"),
        (
            ("--out", "a.csv", "--format", "excel"),
            "--format 'excel' is unknown; the formats are csv, jsonl",
        ),
        (("--out", "-", "--json"), "both write to standard output"),
        (("--out", "a.csv", "--since", "noon"), "--since: 'noon' is no date or time"),
        (("--out", "a.csv", "--where", "code=ok"), "there is no 'code'; there are family, name"),
        (("--out", "a.csv", "--where", "confidence=1"), "cannot be compared by '='"),
        (("--out", "a.csv", "--where", "confidence<2"), "'2' is no number from 0 to 1"),
        (
            ("--out", "a.csv", "--where", "pattern=dots"),
            "there are plain, striped, checked, dotted",
        ),
        (("--out", "a.csv", "--catalogue", "none"), "there is no such catalogue"),
    ],
)
def test_wrong_usage(shop: Shell, words: tuple[object, ...], message: str) -> None:
    said = shop.call("export", *words)
    assert (said.exit_code, said.out) == (2, "")
    assert message in said.err


def test_a_damaged_row_is_skipped_alone(shop: Shell, engine: Engine, tmp_path: Path) -> None:
    broken = add_answered(engine, "BROKEN", RED)
    add_answered(engine, "Z-9", RED)
    with engine.begin() as connection:
        connection.execute(
            update(Product).where(Product.id == broken).values(colours=[{"hex": "#fff"}])
        )
    said = shop.call("export", "--out", tmp_path / "out.jsonl")
    assert said.exit_code == 0
    assert "BROKEN: its stored colours make no sense: KeyError('lab')" in said.err
    assert [each["sku"] for each in objects(shop, tmp_path)] == ["A-1", "B-2", "Z-9"]


def test_a_file_is_complete_or_not_written(
    shop: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("yesterday's", encoding="utf-8")

    def torn(*_: object) -> Any:
        yield next(iter(id_ranges(*_)))  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr("producer.catalogue.reader.id_ranges", torn)
    shop.call("export", "--out", out)
    assert out.read_text(encoding="utf-8") == "yesterday's"
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.csv"]
    monkeypatch.undo()


def test_a_place_that_cannot_be_written_is_named(shop: Shell, tmp_path: Path) -> None:
    said = shop.call("export", "--out", tmp_path / "none" / "out.csv")
    assert said.exit_code == 1
    assert "out.csv: No such file or directory" in said.err


def test_json_says_what_was_done(shop: Shell, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert shop.answer("export", "--out", out) == {
        "out": str(out),
        "format": "csv",
        "products": 2,
        "left_out": 0,
        "remarked": 0,
    }


def test_catalogues_longer_than_a_page(
    shop: Shell, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        add_answered(engine, f"N-{number}", RED)
    monkeypatch.setattr("producer.catalogue.reader.id_ranges", partial(id_ranges, size=2))
    assert len(objects(shop, tmp_path)) == 7
    assert len(objects(shop, tmp_path, "--limit", 4)) == 4
