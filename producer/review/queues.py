"""Making review queues and finding them again; how many products of each are in which state."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from shared.contracts.decisions import DecisionRecord, ItemState, QueueSource
from shared.contracts.jobs import LONGEST_NAME
from shared.database.decision_rows import ReviewItem, ReviewQueue
from shared.database.engine import among, reading
from shared.database.models import Catalogue, utc_now
from shared.decisions.records import decisions_in_force
from shared.errors import ColourwayError

MOST_PRODUCTS: Final = 10_000
"""How many products a queue holds at most: more than a person looks at in weeks."""

_AT_ONCE: Final = 1000


class ReviewQueueError(ColourwayError):
    """A review queue cannot be made, or does not exist."""


@dataclass(frozen=True, slots=True)
class ChosenProduct:
    """A product for a queue: why it is looked at, and what it may be instead.

    ``proposed`` holds ``family``, ``name``, ``hex`` and ``by``: who says so.
    """

    product_id: int
    reason: str | None = None
    proposed: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class NewQueue:
    """What a queue is to be called and what it is made from, for the record."""

    catalogue_id: int
    name: str
    source: QueueSource
    made_from: Mapping[str, Any]
    made_by: str

    def __post_init__(self) -> None:
        """Raise ReviewQueueError for a name that cannot be one."""
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            raise ReviewQueueError(f"a queue's name has 1 to {LONGEST_NAME} printable characters")


@dataclass(frozen=True, slots=True)
class MadeQueue:
    """A new queue; ``decided`` products were left out, for somebody has decided on them."""

    id: int
    products: int
    decided: int


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """A queue and how many of its products are in each state."""

    id: int
    catalogue_id: int
    catalogue: str
    name: str
    source: QueueSource
    made_from: Mapping[str, Any]
    made_by: str
    made_at: datetime
    states: Mapping[ItemState, int] = field(default_factory=dict[ItemState, int])

    @property
    def products(self) -> int:
        """How many products it has."""
        return sum(self.states.values())

    @property
    def settled(self) -> int:
        """How many of them have been looked at."""
        return self.products - self.states.get(ItemState.OPEN, 0)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "queue": self.id,
            "catalogue": self.catalogue,
            "name": self.name,
            "source": self.source.value,
            "made_from": dict(self.made_from),
            "made_by": self.made_by,
            "made_at": self.made_at.isoformat(),
            "products": self.products,
            **{state.value: self.states.get(state, 0) for state in ItemState},
        }


def make_queue(connection: Connection, new: NewQueue, chosen: Iterable[ChosenProduct]) -> MadeQueue:
    """Store a queue of products, each once, in the order in which they come.

    Products with a decision are left out; of a random sample they are part, and settled already.
    Raises :class:`ReviewQueueError` where there are too many products or none, or the catalogue
    has a queue of this name.
    """
    products = list({each.product_id: each for each in chosen}.values())
    if len(products) > MOST_PRODUCTS:
        raise ReviewQueueError(
            f"{len(products):,} products are too many; {MOST_PRODUCTS:,} are allowed"
        )
    decided = _decided(connection, [each.product_id for each in products])
    if new.source is not QueueSource.SAMPLE:
        products = [each for each in products if each.product_id not in decided]
    if not products:
        said = f"; {len(decided):,} were decided on already" if decided else ""
        raise ReviewQueueError(f"there is no product for the queue {new.name!r}{said}")
    queue_id = _insert_queue(connection, new)
    rows = [
        _item(queue_id, place, each, decided.get(each.product_id))
        for place, each in enumerate(products, 1)
    ]
    for start in range(0, len(rows), _AT_ONCE):
        connection.execute(insert(ReviewItem), rows[start : start + _AT_ONCE])
    left_out = 0 if new.source is QueueSource.SAMPLE else len(decided)
    return MadeQueue(queue_id, len(products), left_out)


def review_queues(
    engine: Engine, catalogue_id: int | None = None, ids: Sequence[int] | None = None
) -> list[QueueProgress]:
    """Return the queues of a catalogue, or of all, with their progress, the newest first."""
    query = select(ReviewQueue.__table__, Catalogue.name.label("catalogue")).join(
        Catalogue, Catalogue.id == ReviewQueue.catalogue_id
    )
    if catalogue_id is not None:
        query = query.where(ReviewQueue.catalogue_id == catalogue_id)
    if ids is not None:
        query = query.where(ReviewQueue.id.in_(ids))
    counts = select(ReviewItem.queue_id, ReviewItem.state, func.count().label("products"))
    with reading(engine).begin() as connection:
        rows = connection.execute(query.order_by(ReviewQueue.id.desc())).mappings().all()
        found: dict[int, dict[ItemState, int]] = {row["id"]: {} for row in rows}
        ours = counts.where(ReviewItem.queue_id.in_(list(found)))
        for row in connection.execute(ours.group_by(ReviewItem.queue_id, ReviewItem.state)):
            found[row.queue_id][row.state] = row.products
    return [QueueProgress(**row, states=found[row["id"]]) for row in rows]


def review_queue(engine: Engine, queue_id: int) -> QueueProgress:
    """Return one queue with its progress. Raises :class:`ReviewQueueError` where there is none."""
    found = review_queues(engine, ids=[queue_id])
    if not found:
        raise ReviewQueueError(
            f"there is no review queue {queue_id}; `colourway review list` names them"
        )
    return found[0]


def queue_named(engine: Engine, catalogue_id: int | None, name: str) -> QueueProgress:
    """Return the queue of a name. Raises ReviewQueueError where there is none, or several."""
    found = [each for each in review_queues(engine, catalogue_id) if each.name == name]
    if len(found) != 1:
        what = "several catalogues have such a queue; say --catalogue" if found else "there is none"
        raise ReviewQueueError(f"review queue {name!r}: {what}; `colourway review list` names them")
    return found[0]


def _decided(connection: Connection, ids: Sequence[int]) -> dict[int, DecisionRecord]:
    found: dict[int, DecisionRecord] = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        found |= decisions_in_force(
            connection, lambda column, some=some: among(connection, column, some)
        )
    return found


def _insert_queue(connection: Connection, new: NewQueue) -> int:
    row = insert(ReviewQueue).values(
        catalogue_id=new.catalogue_id,
        name=new.name,
        source=new.source,
        made_from=dict(new.made_from),
        made_by=new.made_by,
        made_at=utc_now(),
    )
    try:
        with connection.begin_nested():  # the caller's transaction goes on
            queue_id = connection.scalar(row.returning(ReviewQueue.id))
    except IntegrityError:
        raise ReviewQueueError(f"the catalogue has a review queue {new.name!r} already") from None
    assert queue_id is not None
    return queue_id


def _item(
    queue_id: int, place: int, chosen: ChosenProduct, decision: DecisionRecord | None
) -> dict[str, Any]:
    return {
        "queue_id": queue_id,
        "place": place,
        "product_id": chosen.product_id,
        "reason": chosen.reason,
        "proposed": None if chosen.proposed is None else dict(chosen.proposed),
        "state": ItemState.OPEN if decision is None else ItemState.after(decision.ruling),
        "version": decision.version if decision else None,
        "settled_by": decision.decided_by if decision else None,
        "settled_at": decision.decided_at if decision else None,
    }
