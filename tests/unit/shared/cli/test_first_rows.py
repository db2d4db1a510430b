"""First rows: the first few are shown, all are counted."""

import pytest

from shared.cli.first_rows import FirstRows


@pytest.mark.parametrize(
    ("rows", "heard"),
    [
        ([], []),
        (["a", "b"], ["a", "b"]),
        (["a", "b", "c"], ["a", "b", "more"]),
        (["a", "b", "c", "d", "e"], ["a", "b", "more"]),
    ],
)
def test_the_first_are_shown_and_more_is_said_once(rows: list[str], heard: list[str]) -> None:
    shown: list[str] = []
    first_rows = FirstRows(shown.append, 2, on_more=lambda: shown.append("more"))
    for row in rows:
        first_rows(row)
    assert shown == heard
    assert (first_rows.shown, first_rows.count) == (rows[:2], len(rows))
    assert first_rows.hidden == max(len(rows) - 2, 0)
