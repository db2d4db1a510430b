"""A plain row is read at once; what it gives is what reading it cell by cell gives."""

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.columns import FoundColumns, PictureColumn
from producer.feeds.plain_rows import plain_reader
from producer.feeds.product import FeedPicture, FeedProduct
from producer.feeds.record import Record, Rejected
from tests.unit.producer.feeds.test_products import read

FOUND = FoundColumns("sku", (PictureColumn("image", "front"),), "title", None, None, "colour")
URL = "https://a.example/1.jpg"
# A row on two lines is told by how many fields it has, which differs here.
ONE_LINE = st.characters(exclude_characters="\r\n")
CELLS = st.one_of(
    st.sampled_from(["", " ", "Dress", "null", "N/A", "Red ", "A\tB", "5" * 5001, "\u200bDress"]),
    st.text(ONE_LINE, max_size=12),
)
SKUS = st.one_of(
    st.sampled_from(["SKU-1", "nan", "1", "S" * 200, "S" * 201]), st.text(ONE_LINE, max_size=9)
)
ADDRESSES = st.one_of(
    st.sampled_from(
        [
            URL,
            f"{URL} {URL}",
            f"{URL}|https://b.example/2.jpg",
            "https://a_b.example/1.jpg",
            "http://a.example:80/1.jpg?a=1#b",
            f"['{URL}']",
            "1.jpg",
            "",
            "https://a.example/é.jpg",
        ]
    ),
    st.text(ONE_LINE, max_size=12).map(lambda text: URL + text),
)


def feed(row: tuple[str, ...], *more: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("sku", "title", "colour", "image", *more), (*row, *("" for _ in more))])
    return text.getvalue()


def facts(rows: list[FeedProduct | Rejected]) -> list[object]:
    return [each._replace(raw=None) if isinstance(each, Rejected) else each for each in rows]


@given(st.tuples(SKUS, CELLS, CELLS, ADDRESSES))
def test_a_row_is_read_alike_with_and_without_care(row: tuple[str, ...]) -> None:
    with TemporaryDirectory() as name:
        at_once = read(Path(name), feed(row).encode("utf-8", "surrogatepass"))
        # Where there is a column of roles, every row is read cell by cell.
        with_care = read(Path(name), feed(row, "role").encode("utf-8", "surrogatepass"))
    assert facts(at_once) == facts(with_care)


def test_a_plain_row_is_read() -> None:
    values = {"sku": " SKU-1 ", "title": "A dress ", "colour": "N/A", "image": URL}
    expected = FeedProduct(2, "SKU-1", "A dress", pictures=[FeedPicture(URL, "front")])
    assert plain_reader(FOUND)(Record(2, values, None)) == expected


@pytest.mark.parametrize(
    "cells",
    [{"sku": 12345}, {"title": None}, {"image": [URL]}, {"image": f"{URL},{URL}"}, {"title": "\n"}],
)
def test_what_is_no_plain_text_is_left_to_be_read_with_care(cells: dict[str, object]) -> None:
    values = {"sku": "SKU-1", "title": "", "colour": "", "image": URL} | cells
    assert plain_reader(FOUND)(Record(2, values, None)) is None


def test_a_row_that_lacks_a_cell_is_left_too() -> None:
    assert plain_reader(FOUND)(Record(2, {"sku": "SKU-1", "image": URL}, None)) is None
