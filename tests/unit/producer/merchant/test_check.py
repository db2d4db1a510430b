"""Feeds of every kind, and each violation with its line."""

import gzip
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.merchant.check import FeedCheck, Violation
from producer.merchant.feed import attribute, open_merchant_feed
from shared.errors import FeedError

TSV = """id\tItem group ID [item_group_id]\tColour [color]\tprice
A\tG-1\tNavy/White\t9
B\tG 1\t#fff000\t9
B\t\tRed\t9
C\t\tR\t9
D\t\tred
E\t\tgreen\t9
"""

XML = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>A</g:id><g:color>Navy &amp; White</g:color></item>
<item>
  <g:id>B</g:id>
  <g:color>Navy</g:color><g:color>White</g:color>
</item>
<item><g:id>A</g:id><title>color</title></item>
</channel></rss>
"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<id>tag:shop</id>
<entry><g:id>A</g:id><id>https://shop.example/a</id><g:color>Navy</g:color></entry>
</feed>
"""


def check(path: Path) -> tuple[int, list[Violation]]:
    checked = FeedCheck()
    with open_merchant_feed(str(path)) as feed:
        found = list(checked.violations_of(feed))
    assert checked.violations == len(found)
    return checked.items, found


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_tab_separated(tmp_path: Path) -> None:
    items, found = check(written(tmp_path, "feed.txt", TSV))
    assert items == 6
    assert found == [
        (3, "B", "color", "'#fff000' is a code: write the colour's name"),
        (3, "B", "item_group_id", "'G 1' holds more than letters, digits, underscores and dashes"),
        (4, "B", "id", "stands in line 3 already"),
        (5, "C", "color", "'R' is a single letter: write the colour's name"),
        (6, None, None, "the row has 3 fields, the header has 4"),
    ]


def test_comma_separated_packed_and_with_a_mark(tmp_path: Path) -> None:
    text = "\ufeffID,Color\r\nA,Navy/White\r\nB,\r\n"
    packed = written(tmp_path, "feed.csv.gz", gzip.compress(text.encode()))
    assert check(packed) == (
        2,
        [(3, "B", "color", "is empty: a product of apparel needs a colour")],
    )


def test_a_column_that_is_missing_is_told_once(tmp_path: Path) -> None:
    found = check(written(tmp_path, "feed.tsv", "id\ttitle\nA\tCoat\nB\tCoat\n"))[1]
    assert found == [(1, None, "color", "there is no such column")]


def test_xml(tmp_path: Path) -> None:
    assert check(written(tmp_path, "feed.xml", XML)) == (
        3,
        [
            (4, "B", "color", "stands there 2 times; Google takes one"),
            (8, "A", "color", "is empty: a product of apparel needs a colour"),
            (8, "A", "id", "stands in line 3 already"),
        ],
    )


def test_an_atom_entry_has_an_id_of_its_own(tmp_path: Path) -> None:
    assert check(written(tmp_path, "feed", ATOM)) == (1, [])


def test_json_lines(tmp_path: Path) -> None:
    text = '{"id": 7, "color": "Navy"}\n{"id": "B", "color": ["Red", "Blue"]}\n'
    assert check(written(tmp_path, "feed.jsonl", text)) == (
        2,
        [(2, "B", "color", "stands there 2 times; Google takes one")],
    )


def test_what_is_not_utf_8_is_told_at_its_place(tmp_path: Path) -> None:
    feed = written(tmp_path, "feed.tsv", "id\tcolor\nA\tRosé\nB\tRed\n".encode("latin-1"))
    assert check(feed) == (2, [(2, "A", "color", "is not in UTF-8")])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("feed.xml", "<rss><item></rss>", "line 1: mismatched tag"),
        ("feed.xml", '<!DOCTYPE x [<!ENTITY a "b">]><rss/>', "declares a document type"),
        ("feed.tsv", "", "the feed is empty"),
    ],
)
def test_damaged_feeds_are_errors(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        check(written(tmp_path, name, text))


def test_a_feed_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match=r"none\.tsv: there is no such file"):
        check(tmp_path / "none.tsv")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Colour [color]", "color"),
        ("g:color", "color"),
        ("Item group id", "item_group_id"),
        ("ITEM-GROUP-ID", "item_group_id"),
    ],
)
def test_names_of_attributes(name: str, expected: str) -> None:
    assert attribute(name) == expected


@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_an_error(tmp_path_factory: pytest.TempPathFactory, junk: bytes):
    path = written(tmp_path_factory.mktemp("junk"), "feed", junk)
    with suppress(FeedError):
        check(path)
