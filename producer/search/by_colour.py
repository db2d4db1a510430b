"""Products by how near their colour is to another, by CIEDE2000: what measuring all would find.

Where filters let few products in, each of their colours is measured. Else cubes of CIELAB near the
colour are read, further and further out, until a page is full of products that
none of the unread cubes can come before. One index knows what that asks of a row.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, cast

import numpy as np
from sqlalchemy import Connection, Row, func, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from producer.search.cubes import REACHES, cube_of, cubes_within, lab_of_hex
from producer.search.narrowing import Narrowed, narrowed
from producer.search.pages import FoundPage, PlaceInOrder, page_of
from producer.search.product_filter import ProductFilter
from shared.colour.cielab import Floats, delta_e2000, hexes_to_rgb, rgb_to_lab
from shared.database.engine import among
from shared.database.search_rows import SearchRow

ROUND: Final = 4
"""Distances are told in so many decimals, and compared so: a page's place must survive its URL."""


# Rows without a colour are left out throughout.
_HEX: Final = cast("InstrumentedAttribute[str]", SearchRow.hex)
_CUBE: Final = cast("InstrumentedAttribute[int]", SearchRow.cube)


class _SameColour(NamedTuple):
    """The products of one colour and family."""

    distance: float
    hex: str
    family: str | None
    products: int


def nearest_page(
    connection: Connection,
    wanted: ProductFilter,
    colour: str,
    token: str | None = None,
    *,
    size: int = 60,
    within: float | None = None,
    few: bool = False,
    narrow: Narrowed | None = None,
) -> tuple[FoundPage, dict[int, float]]:
    """Return a page of products, the nearest to ``#rrggbb`` first, and each one's distance.

    Products of one distance come by their ids. With ``within`` no others are found. ``few`` says
    that the filter lets so few products in that all of them may be measured; ``narrow`` is the
    filter as it was narrowed already, where it was.

    Raises:
        BadCursor: the token is of another order, or another colour's.
        ValueError: the colour is none.
    """
    narrow = narrow or narrowed(connection, wanted)
    search = _Search(connection, narrow, colour, within, few=few)
    place = PlaceInOrder.read(token, search.order) if token else None
    found, more = search.run(place, size)
    back = place is not None and place.side == "before"
    if back:
        found.reverse()
    before = more if back else place is not None
    page = page_of(found, search.order, has_before=before, has_after=back or more)
    return page, {each.id: each.key for each in found}


class _Search:
    """One search: its colour, and what narrows it."""

    def __init__(
        self,
        connection: Connection,
        narrow: Narrowed,
        colour: str,
        within: float | None,
        *,
        few: bool,
    ) -> None:
        self._connection = connection
        self.order = f"colour {colour.lower()}"
        self._lab = lab_of_hex(colour)
        self._within = np.inf if within is None else within
        self._narrow = (*narrow.conditions, SearchRow.hex.is_not(None))
        self._few = few

    def run(self, place: PlaceInOrder | None, size: int) -> tuple[list[PlaceInOrder], bool]:
        """Return the next products behind a place, or before it, and whether there are more."""
        back = place is not None and place.side == "before"
        rows: list[Row[str, str | None, int]] = []
        distances = np.empty(0)
        beyond: list[_SameColour] = []
        for reached, cubes in self._rounds():
            if cubes is None:  # all of them, those that were read too
                rows, distances = [], np.empty(0)
            new = self._colours(cubes)
            rows += new
            distances = np.append(distances, self._distances([row.hex for row in new]))
            # The nearest first, or where we go back, the furthest of those before the place.
            most = min(reached, self._within)
            # The others, thousands of them, only matter where we look further.
            is_near = np.flatnonzero(distances <= most)
            far = distances[is_near].tolist()
            near = [_SameColour(d, *rows[n]) for d, n in zip(far, is_near.tolist(), strict=True)]
            near.sort(key=_by_distance)
            beyond = [each for each in near if _may_follow(each, place, back=back)]
            # At the place itself some products lie behind it and some before.
            sure = sum(each.products for each in beyond if not place or each.distance != place.key)
            # Going back needs all that is nearer, and nothing further.
            if reached >= self._within or (place.key <= reached if place and back else sure > size):
                break
        if back:
            beyond.reverse()
        return self._products(beyond, place, size, back=back)

    def _rounds(self) -> Iterable[tuple[float, ColumnElement[bool] | None]]:
        """Yield up to which distance all is read, and the cubes that are new; None for all."""
        if not self._few:
            read = np.empty(0, np.int64)
            for reach in REACHES:
                cubes = cubes_within(self._lab, reach)
                new = np.setdiff1d(cubes, read, assume_unique=True).tolist()
                read = cubes
                yield reach.distance, among(self._connection, _CUBE, new)
        yield np.inf, None

    def _colours(self, cubes: ColumnElement[bool] | None) -> Sequence[Row[str, str | None, int]]:
        """Return the colours in some cubes, their families, and how many products have both."""
        query = select(_HEX, SearchRow.family, func.count()).where(*self._narrow)
        if cubes is not None:
            query = query.where(cubes)
        return self._connection.execute(query.group_by(_HEX, SearchRow.family)).all()

    def _distances(self, hexes: Sequence[str]) -> Floats:
        """Return how far each colour is, as distances are told."""
        return np.round(delta_e2000(self._lab, rgb_to_lab(hexes_to_rgb(hexes))), ROUND)

    def _products(
        self,
        groups: Sequence[_SameColour],
        place: PlaceInOrder | None,
        size: int,
        *,
        back: bool,
    ) -> tuple[list[PlaceInOrder], bool]:
        """Read products, one distance after the other, until there is one more than is wanted."""
        found: list[PlaceInOrder] = []
        at = 0
        while at < len(groups) and len(found) <= size:
            until, products = at, 0
            # As many colours as fill the page, and all others of the last one's distance.
            while until < len(groups) and (
                products <= size - len(found)
                or groups[until].distance == groups[until - 1].distance
            ):
                products += groups[until].products
                until += 1
            found += self._read(groups[at:until], place, size + 1, back=back)
            at = until
        return found[:size], len(found) > size

    def _read(
        self,
        groups: Sequence[_SameColour],
        place: PlaceInOrder | None,
        most: int,
        *,
        back: bool,
    ) -> list[PlaceInOrder]:
        """Read the products of some colours, at most so many of each, those beyond the place."""
        distances = {each.hex: each.distance for each in groups}
        small: dict[str | None, list[str]] = {}
        asked: list[tuple[str | None, list[str]]] = []
        for each in groups:
            if each.products > most:
                asked.append((each.family, [each.hex]))
            else:
                small.setdefault(each.family, []).append(each.hex)
        found: list[tuple[float, int]] = []
        for number, (family, colours) in enumerate([*small.items(), *asked]):
            id_, at = SearchRow.product_id, distances[colours[0]]
            # All three: by them the index goes straight to these.
            query = select(_HEX, id_).where(*self._narrow, SearchRow.hex.in_(colours))
            query = query.where(SearchRow.cube.in_(sorted({*map(cube_of, colours)})))
            query = query.where(_is(SearchRow.family, family))
            if number >= len(small):
                if place is not None and at == place.key:
                    query = query.where(id_ < place.id if back else id_ > place.id)
                query = query.order_by(id_.desc() if back else id_).limit(most)
            found += [
                (distances[colour], number) for colour, number in self._connection.execute(query)
            ]
        if place is not None:
            edge = (place.key, place.id)
            found = [each for each in found if (each < edge if back else each > edge)]
        return [PlaceInOrder("after", *each) for each in sorted(found, reverse=back)]


def _by_distance(group: _SameColour) -> tuple[float, str]:
    return group.distance, group.hex


def _is(column: InstrumentedAttribute[str | None], value: str | None) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _may_follow(group: _SameColour, place: PlaceInOrder | None, *, back: bool) -> bool:
    """Whether a colour is beyond a place, or at it."""
    if place is None:
        return True
    return group.distance <= place.key if back else group.distance >= place.key
