"""Pages of products in an order, from one to the next and back.

A page begins behind the last product of the one before, not at a number of rows: so products that
are added or change their place meanwhile neither repeat others nor hide them, and the thousandth
page costs what the first does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Literal, NamedTuple, Self

from sqlalchemy import ColumnElement, Connection, Row, Select, literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from producer.catalogue.tokens import from_token, to_token
from producer.search.narrowing import COUNTED, Narrowed, count_up_to, narrowed
from producer.search.product_filter import ProductFilter, have_words
from producer.search.words import asked_words
from shared.database.search_rows import SearchRow
from shared.errors import ColourwayError

MOST: Final = 200
"""How many products a page has at most."""

WALKED: Final = 40_000
"""Of frequent words so many of the next products are looked at, before all that have them are."""


class BadCursor(ColourwayError):
    """What was given as a page's place is none."""


class ProductOrder(StrEnum):
    """In which order products come."""

    CATALOGUE = "catalogue"  # as they were added
    RECENT = "recent"  # what changed last comes first
    LEAST_SURE = "least-sure"
    WRONG_WORD = "wrong-word"  # where the shop's word is likeliest to be wrong


class _Key(NamedTuple):
    """What an order goes by: its column, or the id alone; and whether the largest is first."""

    column: InstrumentedAttribute[Any] | None
    falling: bool = False


_KEYS: Final = {
    ProductOrder.CATALOGUE: _Key(None),
    ProductOrder.RECENT: _Key(SearchRow.changed_at, falling=True),
    ProductOrder.LEAST_SURE: _Key(SearchRow.confidence),
    ProductOrder.WRONG_WORD: _Key(SearchRow.doubt, falling=True),
}


_Query = Select[*tuple[Any, ...]]


class _InOrder(NamedTuple):
    """An order by columns of search rows."""

    columns: Sequence[InstrumentedAttribute[Any]]
    falling: bool

    def first(self, query: _Query, most: int) -> _Query:
        """Return so many of what a query finds, the first ones."""
        return self._sorted(query, self.columns).limit(most)

    def those_with_words(self, found: _Query, words: str) -> _Query:
        """Return those of what was found, with its words, that have the ones asked for."""
        these = found.subquery().c
        columns = [these[column.key] for column in self.columns]
        query = select(*columns).where(have_words(these.words, asked_words(words)))
        return self._sorted(query, columns)

    def _sorted(
        self,
        query: _Query,
        columns: Sequence[ColumnElement[Any] | InstrumentedAttribute[Any]],
    ) -> _Query:
        return query.order_by(*(each.desc() if self.falling else each for each in columns))


@dataclass(frozen=True, slots=True)
class PlaceInOrder:
    """Between two products: ``after`` the one of this key and id, or ``before`` it."""

    side: Literal["after", "before"]
    key: Any
    id: int

    def token(self, order: str) -> str:
        """Write it for a URL."""
        key = self.key.isoformat() if isinstance(self.key, datetime) else self.key
        return to_token([order, self.side, key, self.id])

    @classmethod
    def read(cls, token: str, order: str) -> Self:
        """Read what :meth:`token` wrote for the same order. Raises :class:`BadCursor`."""
        try:
            given, side, key, number = from_token(token)
            if given != order or side not in ("after", "before") or type(number) is not int:
                raise ValueError(token)
            if order == ProductOrder.RECENT:
                key = datetime.fromisoformat(key)
                if key.tzinfo is None:
                    raise ValueError(token)
            elif (order == ProductOrder.CATALOGUE) != (key is None):
                raise ValueError(token)
            elif key is not None:
                key = float(key)
            if abs(number) > 2**62:
                raise ValueError(token)
        except (ValueError, TypeError, OverflowError) as error:
            raise BadCursor("this is no place in this order; leave it out to begin anew") from error
        return cls(side, key, number)


class FoundPage(NamedTuple):
    """The ids of a page's products, and the tokens of the pages beside it, None without one."""

    ids: Sequence[int]
    previous: str | None
    next: str | None


def find_page(
    connection: Connection,
    wanted: ProductFilter,
    order: ProductOrder = ProductOrder.CATALOGUE,
    token: str | None = None,
    *,
    size: int = 60,
    narrow: Narrowed | None = None,
) -> FoundPage:
    """Return a page of the products that a filter lets in.

    ``narrow`` is the filter as it was narrowed already, where it was. Raises :class:`BadCursor` for
    a token that is none of this order.
    """
    size = min(max(size, 1), MOST)
    place = PlaceInOrder.read(token, order) if token else None
    key = _KEYS[order]
    columns = [SearchRow.product_id] if key.column is None else [key.column, SearchRow.product_id]
    back = place is not None and place.side == "before"
    falling = key.falling != back
    narrow = narrow or narrowed(connection, wanted)
    span: list[ColumnElement[bool]] = []
    if key.column is not None:
        span.append(key.column.is_not(None))
    if place is not None:
        span.append(_beyond(columns, place, falling=falling))
    ordered = _InOrder(columns, falling)
    rows: list[Row[Any]] = []
    if narrow.others is not None:
        near = select(*columns, SearchRow.words).where(*narrow.others, *span)
        query = ordered.those_with_words(ordered.first(near, WALKED), wanted.text)
        rows = [*connection.execute(query.limit(size + 1))]
    if len(rows) <= size:  # more may come later
        query = select(*columns).where(*narrow.conditions, *span)
        rows = [*connection.execute(ordered.first(query, size + 1))]
    more, rows = len(rows) > size, rows[:size]
    if back:
        rows.reverse()
    places = [
        PlaceInOrder("after", row[0] if key.column is not None else None, row[-1]) for row in rows
    ]
    return page_of(
        places, order, has_before=more if back else place is not None, has_after=back or more
    )


def page_of(
    places: Sequence[PlaceInOrder], order: str, *, has_before: bool, has_after: bool
) -> FoundPage:
    """Return the page of some products in their order; an empty one has no neighbours."""
    if not places:
        return FoundPage([], None, None)
    first, last = places[0], places[-1]
    return FoundPage(
        [place.id for place in places],
        PlaceInOrder("before", first.key, first.id).token(order) if has_before else None,
        PlaceInOrder("after", last.key, last.id).token(order) if has_after else None,
    )


class BoundedCount(NamedTuple):
    """How many products there are: exactly, or more than ``number``."""

    number: int
    exact: bool

    def __str__(self) -> str:
        return f"{self.number:,}" if self.exact else f"{self.number:,}+"


def count_products(
    connection: Connection,
    wanted: ProductFilter,
    most: int = COUNTED,
    narrow: Narrowed | None = None,
) -> BoundedCount:
    """Count the products that a filter lets in, up to ``most``."""
    found = count_up_to(connection, narrow or narrowed(connection, wanted), most)
    return BoundedCount(min(found, most), found <= most)


def _beyond(
    columns: Sequence[InstrumentedAttribute[Any]], place: PlaceInOrder, *, falling: bool
) -> ColumnElement[bool]:
    values = [literal(place.id)]
    if len(columns) > 1:
        values.insert(0, literal(place.key, columns[0].type))
    if len(columns) == 1:
        return columns[0] < values[0] if falling else columns[0] > values[0]
    ours, theirs = tuple_(*columns), tuple_(*values)
    return ours < theirs if falling else ours > theirs
