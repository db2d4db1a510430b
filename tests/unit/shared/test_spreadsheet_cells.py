"""No cell that is written begins as a formula does, and every text comes back."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.formats.delimited import DelimitedFeed
from producer.feeds.record import Record
from shared.spreadsheet_cells import bare_cell, inert_cell, inert_row

BEGINNINGS = ["=", "+", "-", "@", "\t", "\r"]
tricky = st.text(st.sampled_from("=+-@\t\r\n' a1\uff1d"), max_size=8)


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_formula_is_written_as_text(beginning: str) -> None:
    assert inert_cell(f"{beginning}1+1") == f"'{beginning}1+1"
    assert inert_cell(f"'{beginning}1+1") == f"''{beginning}1+1"


@pytest.mark.parametrize("text", ["", "A-1", "'tis", "''", "a=b", " =1", "[1]"])
def test_any_other_text_stays(text: str) -> None:
    assert inert_cell(text) == bare_cell(text) == text


def test_numbers_stay_numbers() -> None:
    assert inert_row([-1.5, None, True, "-1"]) == [-1.5, None, True, "'-1"]


@given(tricky | st.text(max_size=8))
def test_every_text_comes_back(text: str) -> None:
    cell = inert_cell(text)
    assert not cell.startswith(tuple(BEGINNINGS))
    assert bare_cell(cell) == text


@given(st.lists(tricky, min_size=2, max_size=2))
def test_a_feed_reads_what_was_written(texts: list[str]) -> None:
    file = io.StringIO()
    rows = csv.writer(file, lineterminator="\r\n")
    rows.writerow(["sku", "title", "end"])
    rows.writerow(inert_row([*texts, "x"]))

    (read,) = DelimitedFeed(io.StringIO(file.getvalue(), newline=""), ",")

    assert isinstance(read, Record)
    assert read.values == {"sku": texts[0], "title": texts[1], "end": "x"}
