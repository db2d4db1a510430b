from decimal import Decimal
from math import inf, nan
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.feeds.cells import read_position, read_sku, read_text
from shared.contracts.jobs import LONGEST_NAME


@pytest.mark.parametrize(
    ("value", "sku"),
    [
        (" A-1 ", "A-1"),
        ("long enough", "long enough"),
        ("Grün-1\u200b", "Grün-1"),
        ("\ufeffA", "A"),
        (1001, "1001"),
        (1001.0, "1001"),
        (1e15, "1000000000000000"),
        (Decimal("1001"), "1001"),
        (Decimal("1001.00"), "1001"),
        (Decimal("10.50"), "10.50"),
        (b"A-1", "A-1"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        *((nothing, None) for nothing in (None, "", "  ", nan, Decimal("NaN"), "NaN", "NULL")),
        ("Nana", "Nana"),
    ],
)
def test_a_sku(value: object, sku: str | None) -> None:
    assert read_sku(value) == sku


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (1.5, "no text: 1.5"),
        (inf, "no text: inf"),
        (True, "no text: True"),
        (["A"], "no text"),
        ({"en": "A"}, "no text"),
        ("A\0", r"control character: 'A\\x00'"),
        ("A\x1b[31m", r"control character: 'A\\x1b\[31m'"),
        ("A\nB", "control character"),
        ("A\x85B", "control character"),
        ("\udcff", "do not fit the encoding"),
        (b"\xff\xfe", "binary"),
        ("x" * (LONGEST_NAME + 1), "longer than 200"),
    ],
)
def test_what_is_no_sku(value: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_sku(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (" Navy blue ", "Navy blue"),
        (2271.0, "2271"),
        (2.5, "2.5"),
        (Decimal("2.50"), "2.50"),
        (b"Navy", "Navy"),
        ("a\0b\r\n\tc", "a b c"),
        ("dress 👗\u200d", "dress 👗"),
        ("n/a", None),
        (["Women", None, "Dresses"], "Women > Dresses"),
        (["Women"], "Women"),
        ([], None),
    ],
)
def test_a_text(value: object, text: str | None) -> None:
    assert read_text("category", value, " > ") == text


@pytest.mark.parametrize(
    "value", [True, {"en": "Navy"}, "x" * 5001, "\udcff", [["a"]], inf, object()]
)
def test_what_is_no_text(value: object) -> None:
    with pytest.raises(ValueError, match="the category "):
        read_text("category", value)


def test_several_texts_are_one_only_where_something_parts_them() -> None:
    with pytest.raises(ValueError, match="no text"):
        read_text("title", ["a", "b"])


@pytest.mark.parametrize(
    ("value", "position"),
    [("1", 1), ("1.0", 1), (2.0, 2), (Decimal("3"), 3), ("-1", -1), (None, inf), (nan, inf)],
)
def test_a_position(value: object, position: float) -> None:
    assert read_position(value) == position


@pytest.mark.parametrize("value", ["main", "1.5", 1.5, "1,5", "inf", True])
def test_what_is_no_position(value: object) -> None:
    with pytest.raises(ValueError, match="position"):
        read_position(value)


@given(st.text())
def test_no_text_that_is_read_can_steer_a_terminal(text: str) -> None:
    for read in (read_sku, lambda value: read_text("title", value)):
        try:
            found = read(text)
        except ValueError:
            continue
        assert found is None or not set(found) & {chr(code) for code in (*range(32), 127, 133)}


def test_short_texts_are_texts_unless_they_stand_for_nothing() -> None:
    assert [read_text("colour", text) for text in (" Red ", "tan", "N/A", "null", "", "  ")] == [
        *("Red", "tan", None, None, None, None),
    ]
