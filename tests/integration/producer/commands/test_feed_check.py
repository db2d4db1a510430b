"""`colourway feed-check`, and what other commands print where a feed lacks a column."""

import json
from pathlib import Path

import pytest

from tests.support.catalogue.shell import Shell


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    path = tmp_path / "feed.csv"
    path.write_text(
        "Handle,Title,Variant SKU,Image Src\ntee,Tee,T-S,/1.jpg\ntee,,T-M,\n", encoding="utf-8"
    )
    return path


def test_it_needs_no_database_and_writes_nothing(shell: Shell, feed: Path, tmp_path: Path) -> None:
    shell.set(DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    said = shell.call("feed-check", feed, "--picture-base", "https://a.example/files/")
    assert said.exit_code == 0
    assert "2 products of 2 rows, 2 pictures" in said.out
    assert "https://a.example/files/1.jpg" in said.out
    assert said.err == ""
    assert [path.name for path in tmp_path.iterdir()] == ["feed.csv"]


def test_json_and_a_feed_of_which_nothing_can_be_used(shell: Shell, feed: Path) -> None:
    said = shell.call("feed-check", feed, "--json", "--limit", 1)
    assert said.exit_code == 1
    told = json.loads(said.out)
    assert (told["products"], told["rejected"], len(told["rejected_rows"])) == (0, 2, 1)
    assert "--picture-base" in told["rejected_rows"][0]["reason"]


@pytest.mark.parametrize("command", ["feed-check", "enqueue", "run"])
def test_a_missing_column_is_told_with_a_suggestion(
    shell: Shell, sqlite_url: str, tmp_path: Path, command: str
) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    path = tmp_path / "feed.csv"
    path.write_text("Artikelnr,image,x\x1b[31m\nA,https://a.example/1.jpg,\x07\n", encoding="utf-8")
    said = shell.call(command, path)
    assert said.exit_code == 1
    assert "Did you mean 'Artikelnr'? Then add --sku-column Artikelnr" in said.err
    assert said.err.replace("\n", "").isprintable()


def test_enqueue_names_the_layout_and_tells_what_was_left_out(
    shell: Shell, sqlite_url: str, feed: Path
) -> None:
    shell.set(DATABASE_URL=sqlite_url)
    said = shell.call("enqueue", feed, "--dry-run", "--picture-base", "https://a.example")
    assert said.out.startswith("Shopify product export, 2 products of 2 rows\n")
    said = shell.call("enqueue", feed, "--picture-base", "a.example")
    assert said.exit_code == 2
    assert "--picture-base 'a.example'" in said.err
