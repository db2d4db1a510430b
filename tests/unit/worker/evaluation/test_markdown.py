"""Tables of the command line."""

import pytest

from worker.evaluation.markdown import table


def test_a_table_is_markdown_in_columns() -> None:
    assert table(("class", "photos"), [("bag", "7"), ("trousers", "1,203")]).splitlines() == [
        "| class    | photos |",
        "|----------|-------:|",
        "| bag      |      7 |",
        "| trousers |  1,203 |",
    ]


def test_a_table_may_have_no_rows() -> None:
    assert table(("class", "photos"), []).count("\n") == 1


def test_rows_have_as_many_cells_as_headings() -> None:
    with pytest.raises(ValueError, match="argument"):
        table(("class", "photos"), [("bag",)])
