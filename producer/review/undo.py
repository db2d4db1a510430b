"""Undoing: the last thing that a person said in a queue, of one product or of several at once."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from shared.contracts.decisions import NOBODY, DecisionRecord, Ruling, Seen
from shared.database.decision_rows import Decision
from shared.decisions.conflict import DecisionConflict, NothingToDecide
from shared.decisions.products import LockedProducts
from shared.decisions.store import Decided, DecisionStore, Reviewer
from shared.decisions.writing import newest_standing


def undo_last(connection: Connection, store: DecisionStore, reviewer: Reviewer) -> Decided:
    """Take back the last decision of a person in a queue; of a bulk decision, all its products.

    Where somebody else has decided on a product since, that product is left alone. The records are
    those that were taken back. Raises NothingToDecide where there is nothing to undo.
    """
    ids = _last(connection, reviewer)
    if not ids:
        raise NothingToDecide(f"{reviewer.name} has nothing to undo in this queue")
    found = LockedProducts.lock(connection, ids)
    records: list[DecisionRecord] = []
    conflicts: list[DecisionConflict] = []
    for key in ids:
        newest = newest_standing(connection, key)
        if newest is None or (newest.decided_by, newest.queue_id) != (
            reviewer.name,
            reviewer.queue_id,
        ):
            conflicts.append(found.conflict(key))
            continue
        latest = found.latest.get(key)
        seen = Seen(latest.version if latest else NOBODY)
        records.append(store.take_back(connection, key, seen, reviewer))
    return Decided(tuple(records), tuple(conflicts))


def _last(connection: Connection, reviewer: Reviewer) -> Sequence[int]:
    """Return the products of the person's newest decision that was not taken back yet."""
    ours = (
        Decision.queue_id == reviewer.queue_id,
        Decision.decided_by == reviewer.name,
        Decision.ruling != Ruling.TAKEN_BACK,
        Decision.taken_back_at.is_(None),
    )
    newest = select(Decision.decided_at).where(*ours).order_by(Decision.decided_at.desc()).limit(1)
    query = select(Decision.product_id).where(
        *ours, Decision.decided_at == newest.scalar_subquery()
    )
    return connection.scalars(query.order_by(Decision.product_id)).all()
