"""The products of a review queue, as whoever judges them sees them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, select

from producer.catalogue.reader import AnsweredProduct, ProductReader, ProductSelection
from shared.contracts.decisions import NOBODY, DecisionRecord, ItemState, Ruling, Seen
from shared.database.decision_rows import ReviewItem
from shared.database.engine import reading
from shared.decisions.records import decisions_of, latest_decisions

ON_A_PAGE: Final = 60
"""How many products a grid shows at once."""


@dataclass(frozen=True, slots=True)
class ReviewedProduct:
    """A product of a queue at its place.

    ``product`` is as exports have it, ``measured`` as it was found; they are the same where nobody
    has decided. ``latest`` is the last that was said of it, if anything was. Who judges it sends
    ``seen`` back.
    """

    place: int
    state: ItemState
    reason: str | None
    proposed: Mapping[str, Any] | None
    settled_by: str | None
    settled_at: datetime | None
    product: AnsweredProduct
    measured: AnsweredProduct
    latest: DecisionRecord | None
    seen: Seen


@dataclass(frozen=True)
class QueueReader:
    """Reads the products of one queue."""

    engine: Engine
    queue_id: int

    def at(self, place: int) -> ReviewedProduct | None:
        """Return the product at a place; None where there is none."""
        found = self.page(place, 1)
        return found[0] if found and found[0].place == place else None

    def of(self, product_ids: Sequence[int]) -> list[ReviewedProduct]:
        """Return some products of the queue, by their places."""
        with reading(self.engine).begin() as connection:
            query = _ITEMS.where(
                ReviewItem.queue_id == self.queue_id, ReviewItem.product_id.in_(product_ids)
            )
            items = connection.execute(query.order_by(ReviewItem.place)).mappings().all()
        return self._products(items)

    def page(
        self, place: int, size: int = ON_A_PAGE, state: ItemState | None = None
    ) -> list[ReviewedProduct]:
        """Return so many products from a place on, of one state if one is given."""
        query = _ITEMS.where(ReviewItem.queue_id == self.queue_id, ReviewItem.place >= place)
        if state is not None:
            query = query.where(ReviewItem.state == state)
        with reading(self.engine).begin() as connection:
            rows = connection.execute(query.order_by(ReviewItem.place).limit(size)).mappings()
            items = rows.all()
        return self._products(items)

    def places(self) -> tuple[int, int | None]:
        """Return the last place, 0 in an empty queue, and the first that is open, if one is."""
        with reading(self.engine).begin() as connection:
            last = connection.scalar(
                select(func.max(ReviewItem.place)).where(ReviewItem.queue_id == self.queue_id)
            )
            return last or 0, next_open(connection, self.queue_id, 0)

    def neighbours(self, place: int) -> tuple[int | None, int | None]:
        """Return the places before and behind one; those of deleted products are passed over."""
        mine = ReviewItem.queue_id == self.queue_id
        before = select(func.max(ReviewItem.place)).where(mine, ReviewItem.place < place)
        behind = select(func.min(ReviewItem.place)).where(mine, ReviewItem.place > place)
        with reading(self.engine).begin() as connection:
            return connection.scalar(before), connection.scalar(behind)

    def _products(self, items: Sequence[Mapping[Any, Any]]) -> list[ReviewedProduct]:
        ids = [item["product_id"] for item in items]
        # In this order: what comes in between makes ``seen`` too old, and so is noticed.
        with reading(self.engine).begin() as connection:
            latest = latest_decisions(connection, ids)
        measured = _read(self.engine, ids, as_measured=True)
        products = _read(self.engine, ids, as_measured=False)
        return [
            ReviewedProduct(
                **{name: item[name] for name in item if name != "product_id"},
                product=products[key],
                measured=measured[key],
                latest=latest.get(key),
                seen=_seen(latest.get(key), measured[key]),
            )
            for item in items
            if (key := item["product_id"]) in products and key in measured
        ]


@dataclass(frozen=True, slots=True)
class ReviewedAlone:
    """A product apart from any queue; ``said`` is all that was said of it, the latest first."""

    product: AnsweredProduct
    measured: AnsweredProduct
    said: Sequence[DecisionRecord]
    seen: Seen

    @property
    def can_take_back(self) -> bool:
        """Whether anything was said that was not taken back."""
        return any(
            each.ruling is not Ruling.TAKEN_BACK and each.taken_back_at is None
            for each in self.said
        )


def reviewed_alone(engine: Engine, product_id: int) -> ReviewedAlone | None:
    """Return a product as whoever decides on it sees it; None where there is none of this id."""
    with reading(engine).begin() as connection:
        said = decisions_of(connection, product_id)
    measured = _read(engine, [product_id], as_measured=True).get(product_id)
    product = _read(engine, [product_id], as_measured=False).get(product_id)
    if measured is None or product is None:
        return None
    return ReviewedAlone(product, measured, said, _seen(said[0] if said else None, measured))


def next_open(connection: Connection, queue_id: int, after: int) -> int | None:
    """Return the next place that is open behind another, from the beginning where none follows."""
    query = select(func.min(ReviewItem.place)).where(
        ReviewItem.queue_id == queue_id, ReviewItem.state == ItemState.OPEN
    )
    found = connection.scalar(query.where(ReviewItem.place > after))
    return found if found is not None else connection.scalar(query)


def _read(engine: Engine, ids: Sequence[int], *, as_measured: bool) -> dict[int, AnsweredProduct]:
    # What makes no sense is told by exports; there is nothing to be judged.
    reader = ProductReader(
        engine,
        ProductSelection(),
        lambda _sku, _why: None,
        as_measured=as_measured,
        placeholders=False,
    )
    return {each.id: each for each in reader.by_ids(ids)}


def _seen(latest: DecisionRecord | None, measured: AnsweredProduct) -> Seen:
    moment = measured.enriched_at
    return Seen(
        latest.version if latest else NOBODY, None if moment is None else moment.isoformat()
    )


_ITEMS: Final = select(
    ReviewItem.place,
    ReviewItem.state,
    ReviewItem.reason,
    ReviewItem.proposed,
    ReviewItem.settled_by,
    ReviewItem.settled_at,
    ReviewItem.product_id,
)
