"""Walking through a table of millions by its primary key, one range of ids at a time.

A range is a span of ids, not a number of rows found: a selection that matches few rows, or none,
costs many short statements and never a long one.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Engine, func, select
from sqlalchemy.orm import InstrumentedAttribute

from shared.database.engine import reading

SPAN: Final = 2000
"""How many ids one statement covers: few enough for PostgreSQL to look each of them up in the other
tables' indexes, instead of reading those tables whole every time."""


class Span(NamedTuple):
    """Ids from ``first`` to ``last``, both included."""

    first: int
    last: int

    def holds(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Return the condition that a column's id lies in this span."""
        return column.between(self.first, self.last)


def id_ranges(engine: Engine, key: InstrumentedAttribute[int], size: int = SPAN) -> Iterator[Span]:
    """Yield spans that together cover every row that the table has now, in ascending order.

    Gaps between ids cost nothing. Rows that are added meanwhile are left out, so this ends.
    """
    with reading(engine).begin() as connection:
        end = connection.scalar(select(func.max(key)))
    last = 0
    while end is not None and last < end:
        with reading(engine).begin() as connection:
            first = connection.scalar(select(func.min(key)).where(key > last, key <= end))
        if first is None:  # all that was left has been deleted
            return
        last = min(first + size - 1, end)
        yield Span(first, last)
