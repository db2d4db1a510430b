"""Feeds that are no plain text: XML, workbooks, and what is no feed at all."""

import bz2
import io
import tracemalloc
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from producer.feeds.columns import Columns
from producer.feeds.formats import xml_feed
from producer.feeds.formats.file_kinds import no_feed, utf16_without_mark
from producer.feeds.formats.xml_feed import XmlFeed
from producer.feeds.product import FeedProduct
from producer.feeds.products import read_products
from producer.feeds.record import Record, Rejected
from producer.feeds.source import FeedFormat, open_feed
from shared.errors import FeedError


def zipped(**parts: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (bz2.compress(b"sku,image\n"), "packed with bzip2; unpack it with bunzip2"),
        (b"\xfd7zXZ\x00" + b"x" * 20, "packed with xz"),
        (b"\x28\xb5\x2f\xfd" + b"x" * 20, "packed with zstd"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512, r"old Excel workbook \(.xls\)"),
        (b"<!doctype html><title>Login</title>", "HTML page"),
        (b"\xef\xbb\xbf \n<!-- x --><!-- y --><HTML lang=de>", "HTML page"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "picture"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (zipped(feed_csv="sku,image\n", more_csv="x"), "ZIP archive, which holds 'feed.csv' and 1"),
        (zipped(word__document_xml="x"), "Office document"),
        (zipped(content_xml="x"), "OpenDocument"),
        ("sku,image\nA,b\n".encode("utf-16-le"), "UTF-16 .* --encoding utf-16-le"),
        ("sku,image\nA,b\n".encode("utf-16-be"), "UTF-16 .* --encoding utf-16-be"),
        (zipped(xl__workbook_xml="<workbook/>"), "Excel workbook cannot be read|openpyxl"),
    ],
)
def test_what_is_no_feed_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes(content)
    with pytest.raises(FeedError, match=reason) as raised, open_feed(str(path)) as opened:
        list(opened.records())
    assert str(raised.value).isprintable()


def test_utf_16_is_read_where_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_bytes("sku,image\nA,b\n".encode("utf-16-le"))
    with open_feed(str(path), encoding="utf-16-le") as opened:
        assert [record.raw for record in opened.records()] == [["A", "b"]]


@pytest.mark.parametrize("text", ["sku,image\n", "sku,Größe,bild\n" * 99, "", "日本語,画像\n" * 9])
def test_other_text_is_no_utf_16(text: str) -> None:
    assert utf16_without_mark(text.encode()) is None
    assert no_feed(text.encode()) is None


def test_many_comments_above_html_take_no_time() -> None:
    assert no_feed(b"<!---->" * 1000 + b"x") is None


def xml(text: str | bytes) -> list[Record | Rejected]:
    return list(XmlFeed(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def test_an_item_is_a_record_at_its_line() -> None:
    text = (
        '<rss xmlns:g="g">\n<channel><id>no</id>\n'
        "<item><g:id>A &amp; B</g:id><a>1</a><a>2</a></item></channel></rss>"
    )
    (record,) = xml(text)
    assert isinstance(record, Record)
    assert (record.line, record.values) == (3, {"id": "A & B", "a": ["1", "2"]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<rss><item></rss>", "line 1: mismatched tag"),
        ("<rss/>", "no <item>, <entry> or <product>"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><rss><item>&a;</item></rss>', "document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><rss/>', "document type"),
        ("<rss><item>&a;</item></rss>", "undefined entity"),
        ('<?xml version="1.0" encoding="no-such"?><rss/>', "unknown encoding"),
    ],
)
def test_what_is_no_xml_feed_is_refused(text: str, reason: str) -> None:
    with pytest.raises(FeedError, match=reason):
        xml(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "cp1252"])
def test_the_file_says_its_encoding(encoding: str) -> None:
    text = f'<?xml version="1.0" encoding="{encoding}"?><rss><item><t>Grün</t></item></rss>'
    (record,) = xml(text.encode(encoding))
    assert isinstance(record, Record)
    assert record.values == {"t": "Grün"}


def test_an_endless_text_costs_its_item_and_an_endless_tag_the_feed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xml_feed, "LONGEST_ITEM", 1000)
    bad, good = xml(f"<r><item><a>{'x' * 5000}</a></item><item><a>x</a></item></r>")
    assert isinstance(bad, Rejected)
    assert bad.reason == "the item has more than 1,000 characters"
    assert isinstance(good, Record)
    monkeypatch.setattr(xml_feed, "LONGEST_TOKEN", 200_000)
    with pytest.raises(FeedError, match="a tag has more than 200,000 bytes"):
        xml("<r><item a='" + "x" * 400_000)


class _Items(io.RawIOBase):
    """A feed of XML that is made while it is read."""

    def __init__(self, items: int) -> None:
        self._pieces = self._made(items)

    @staticmethod
    def _made(items: int) -> Iterator[bytes]:
        yield b'<rss xmlns:g="g"><channel>'
        text = "long " * 100
        for n in range(items):
            yield (
                f"<item><g:id>S{n}</g:id><g:image_link>https://a.example/{n}.jpg</g:image_link>"
                f"<description>{text}</description></item>"
            ).encode()
        yield b"</channel></rss>"

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


def test_xml_of_any_length_needs_no_more_memory() -> None:
    tracemalloc.start()
    try:
        count = sum(1 for _ in XmlFeed(cast("Any", _Items(20_000))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 20_000
    assert peak < 4 << 20  # the feed has 12 MB


def workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    openpyxl: Any = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_the_first_sheet_with_products_is_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "feed.csv",  # its name does not matter
        {
            "empty": [],
            "notes": [["How to fill in", "this file"]],
            "products": [
                ["Spring catalogue"],
                [],
                ["SKU", "Image", "Title", "Colour", "Position", "Image"],
                [1001, "https://a.example/1.jpg", "Dress", "Navy", 1.0, "https://a.example/2.jpg"],
                [None, None],
                ["A2", "=1+1", "Bag", None, "x"],
                ["A3", "https://a.example/3.jpg", "Cap", None, "x"],
            ],
        },
    )
    with open_feed(str(path)) as opened:
        assert opened.format is FeedFormat.XLSX
        bad, first, last = read_products(opened, Columns())
    assert isinstance(first, FeedProduct)
    assert (first.line, first.sku, first.merchant_colour) == (4, "1001", "Navy")
    assert [picture.url[-5:] for picture in first.pictures] == ["1.jpg", "2.jpg"]
    assert isinstance(bad, Rejected)
    assert (bad.line, bad.reason) == (6, "'A2' has no picture")  # the formula was never computed
    assert isinstance(last, FeedProduct)
    assert [note.line for note in last.notes] == [7]


def test_a_workbook_without_a_table(tmp_path: Path) -> None:
    path = workbook(tmp_path / "feed.xlsx", {"empty": []})
    with pytest.raises(FeedError, match="the workbook holds no table"), open_feed(str(path)):
        pass


def test_a_damaged_workbook_is_told(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", {"a": [["sku", "image"], ["A", "b"]]})
    path = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as parts, zipfile.ZipFile(path, "w") as archive:
        for name in parts.namelist():
            data = parts.read(name)
            archive.writestr(name, data[: len(data) // 2] if "sheet1" in name else data)
    with pytest.raises(FeedError, match="Excel workbook"), open_feed(str(path)) as opened:
        list(opened.records())
