import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.formats import lines
from producer.feeds.formats.delimited import DelimitedFeed, find_delimiter
from producer.feeds.record import Record, Rejected
from shared.errors import FeedError


def read(text: str, delimiter: str | None = None) -> list[Record | Rejected]:
    return list(DelimitedFeed(io.StringIO(text, newline=""), delimiter))


def values(text: str) -> list[dict[str, object]]:
    records = read(text)
    assert all(isinstance(record, Record) for record in records), records
    return [dict(record.values) for record in records if isinstance(record, Record)]


def test_rows_come_with_their_line() -> None:
    records = read("sku,image\r\nA,https://a.example/1.jpg\r\n\r\nB,https://a.example/2.jpg\r\n")
    assert [(record.line, record.raw) for record in records] == [
        (2, ["A", "https://a.example/1.jpg"]),
        (4, ["B", "https://a.example/2.jpg"]),
    ]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_delimiter_is_told_by_the_header(delimiter: str) -> None:
    assert find_delimiter(f"sku{delimiter}title") == delimiter
    assert values(f'sku{delimiter}title\nA{delimiter}"Wide, long; | loose"\n') == [
        {"sku": "A", "title": "Wide, long; | loose"}
    ]


def test_delimiter_in_a_quoted_name_does_not_count() -> None:
    assert find_delimiter('"sku, or id, or so";title\n') == ";"


def test_quoted_field_over_several_lines() -> None:
    text = 'sku,title\nA,"two\nlines, ""quoted"""\nB,next\n'
    first, second = read(text)
    assert (first.line, first.raw) == (2, ["A", 'two\nlines, "quoted"'])
    assert (second.line, second.raw) == (4, ["B", "next"])


def test_row_of_wrong_width_is_rejected_alone() -> None:
    bad, good = read("sku,image,title\nA,b\nB,c,d\n")
    assert bad == Rejected(2, "the row has 2 fields, the header has 3", ["A", "b"])
    assert isinstance(good, Record)


def test_empty_fields_of_a_spreadsheet_at_the_end_are_no_mistake() -> None:
    assert values("sku,image,,\nA,b,,\n,,,\nB,c,,,,\n") == [
        {"sku": "A", "image": "b"},
        {"sku": "B", "image": "c"},
    ]


def test_open_quote_costs_its_own_line_only() -> None:
    text = 'sku,title\nA,"never closed\nB,good\nC,"also\ngood"\nD,good\n'
    records = read(text)
    assert [(record.line, type(record)) for record in records] == [
        (2, Rejected),
        (3, Record),
        (4, Record),
        (6, Record),
    ]
    assert records[2].raw == ["C", "also\ngood"]


def test_open_quote_on_the_last_line() -> None:
    good, bad, last = read('sku,title\nA,good\nB,"never\nC,closed\n')
    assert isinstance(good, Record)
    assert bad == Rejected(3, "a quote is opened and never closed", ['B,"never'])
    assert isinstance(last, Record)
    assert last.line == 4


def test_open_quote_before_thousands_of_rows_loses_none_of_them() -> None:
    rows = "".join(f"S{number},https://a.example/{number}.jpg\n" for number in range(9000))
    records = read(f'sku,image\nBAD,"https://a.example/x.jpg\n{rows}')
    assert isinstance(records[0], Rejected)
    assert [record.line for record in records] == list(range(2, 9003))
    assert all(isinstance(record, Record) for record in records[1:])


def test_text_behind_a_closing_quote_is_rejected() -> None:
    bad, good = read('sku,title\nA,"5" heel"\nB,good\n')
    assert isinstance(bad, Rejected)
    assert "double inner quotes" in bad.reason
    assert isinstance(good, Record)


def test_endless_line_is_rejected_and_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 100)
    bad, good = read("sku,title\nA," + "x" * 1000 + "\nB,good\n")
    assert bad.line == 2
    assert isinstance(bad, Rejected)
    assert "more than 100 characters" in bad.reason
    assert (good.line, good.raw) == (3, ["B", "good"])


def test_line_of_exactly_the_limit_is_passed_over_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 10)
    records = read("sku\n" + "x" * 20 + "\n" + "y" * 9 + "\nB\n")
    assert [(record.line, type(record)) for record in records] == [
        (2, Rejected),
        (3, Record),
        (4, Record),
    ]


@pytest.mark.parametrize("text", ["", "\n\r\n \n"])
def test_empty_feed(text: str) -> None:
    with pytest.raises(FeedError, match="empty"):
        read(text)


def test_column_named_twice() -> None:
    (record,) = read("sku,image,image,title\nA,b,c,d\n")
    assert isinstance(record, Record)
    assert record.values == {"sku": "A", "image": "b", "image#2": "c", "title": "d"}


@pytest.mark.parametrize(
    "above",
    [
        "sep=;\n",
        '"sep=;"\r\n',
        "\n" * 30 + "sep=;\n",
        "Our products, as of today\n",
        "# Required | A unique id;# Required | A picture\n",
        "Export\n\nShop: a.example\n\n",
        '"A title that is never closed\n',
    ],
)
def test_what_stands_above_a_header_is_passed_over(above: str) -> None:
    feed = DelimitedFeed(io.StringIO(f"{above}sku;image;title\nA;b;c,d\n", newline=""))
    (record,) = feed
    assert isinstance(record, Record)
    assert (feed.names, feed.delimiter) == (("sku", "image", "title"), ";")
    assert record.values == {"sku": "A", "image": "b", "title": "c,d"}
    assert record.line == above.count("\n") + 2


def test_a_header_of_names_nobody_knows_is_the_first_line_with_several() -> None:
    feed = DelimitedFeed(io.StringIO("Unsere Artikel\nArtikel;Bild\nA;b\n", newline=""))
    assert feed.names == ("Artikel", "Bild")


def test_broken_header() -> None:
    with pytest.raises(FeedError, match="header"):
        read('sku,"image\nA,b\n')


def test_blank_lines_before_the_header_count() -> None:
    (record,) = read("\n\nsku,title\nA,b\n")
    assert (record.line, dict(record.values)) == (4, {"sku": "A", "title": "b"})  # type: ignore[union-attr]


FIELDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)


@given(st.lists(st.tuples(FIELDS, FIELDS, FIELDS), max_size=20), st.sampled_from(",;\t|"))
def test_what_csv_writes_comes_back(rows: list[tuple[str, str, str]], delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerow(["sku", "title", "image"])
    writer.writerows(rows)
    file.seek(0)
    found = [record.raw for record in DelimitedFeed(file)]
    assert found == [list(row) for row in rows if any(row)]


@given(st.text(st.sampled_from('ab,"\n\r;x'), max_size=200))
def test_any_text_is_read_to_its_end_with_lines_in_order(text: str) -> None:
    records = read("sku,title\n" + text)
    numbers = [record.line for record in records]
    assert numbers == sorted(set(numbers))
    assert all(2 <= number <= 2 + text.count("\n") + text.count("\r") for number in numbers)
