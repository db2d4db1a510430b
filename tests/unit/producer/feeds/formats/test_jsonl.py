import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.formats import lines
from producer.feeds.formats.jsonl import JsonLinesFeed
from producer.feeds.record import Record, Rejected
from shared.errors import FeedError


def read(text: str) -> list[Record | Rejected]:
    return list(JsonLinesFeed(io.StringIO(text, newline="")))


def test_objects_come_with_their_line() -> None:
    first, second = read('{"sku": "A"}\n\n{"sku": "B", "images": ["x", "y"]}')
    assert first == Record(1, {"sku": "A"}, '{"sku": "A"}')
    assert second.line == 3
    assert isinstance(second, Record)
    assert second.values == {"sku": "B", "images": ["x", "y"]}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"sku": }', "no JSON: Expecting value at column 9"),
        ('"A"', "expected a JSON object"),
        ("[" * 100_000, "no JSON"),
        ('{"sku": ' + "9" * 5000 + "}", "no JSON"),
    ],
)
def test_bad_line_is_rejected_alone(line: str, reason: str) -> None:
    good, bad, also_good = read(f'{{"sku": "A"}}\n{line}\n{{"sku": "B"}}\n')
    assert isinstance(good, Record)
    assert isinstance(bad, Rejected)
    assert bad.line == 2
    assert reason in bad.reason
    assert bad.raw == line
    assert isinstance(also_good, Record)


def test_array_is_refused_with_advice() -> None:
    with pytest.raises(FeedError, match="jq -c"):
        read('[{"sku": "A"},\n {"sku": "B"}]\n')


def test_endless_line_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LONGEST_LINE", 50)
    bad, good = read('{"sku": "' + "x" * 500 + '"}\n{"sku": "B"}\n')
    assert isinstance(bad, Rejected)
    assert "more than 50 characters" in bad.reason
    assert good.line == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(st.dictionaries(st.text(), JSON, max_size=5), max_size=8), st.booleans())
def test_what_json_writes_comes_back(objects: list[dict[str, object]], ascii_only: bool) -> None:
    text = "".join(json.dumps(each, ensure_ascii=ascii_only) + "\n" for each in objects)
    assert [dict(record.values) for record in read(text) if isinstance(record, Record)] == objects


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        records = read(text)
    except FeedError:
        assert text.lstrip().startswith("[")
    else:
        assert all(isinstance(record, Record | Rejected) for record in records)


def test_nan_is_nothing() -> None:
    (record,) = read('{"sku": "A", "color": NaN, "price": Infinity}\n')
    assert isinstance(record, Record)
    assert record.values == {"sku": "A", "color": None, "price": float("inf")}
