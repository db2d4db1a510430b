"""Writing decisions over a connection that holds the products' locks; queues hear of it."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, insert, select, update

from shared.contracts.decisions import DecisionRecord, ItemState, Ruling
from shared.database.decision_rows import IN_FORCE, Decision, ReviewItem
from shared.database.engine import among
from shared.database.models import Product
from shared.decisions.records import read_record

TO_TAKE_BACK: Final = tuple(each for each in Ruling if each is not Ruling.TAKEN_BACK)
_DECIDING: Final = tuple(ruling for ruling in Ruling if ruling.decides)


def write_decisions(
    connection: Connection, records: Sequence[DecisionRecord], now: datetime
) -> None:
    """Add decisions of one ruling, each in the place of what counted before.

    Every queue that holds a product hears of a decision; of one that was skipped, its own queue
    alone does, where the product is still to be looked at.
    """
    if not records:
        return
    ids = [record.product_id for record in records]
    if records[0].ruling.decides:
        _withdraw(connection, ids)
        _touch(connection, ids, now)
    connection.execute(insert(Decision), [_columns(record) for record in records])
    _settle(connection, records)


def newest_standing(
    connection: Connection, product_id: int, rulings: Sequence[Ruling] = TO_TAKE_BACK
) -> DecisionRecord | None:
    """Return the newest decision of a product, or skipping, that was not taken back."""
    query = select(Decision.__table__).where(
        Decision.product_id == product_id,
        Decision.ruling.in_(rulings),
        Decision.taken_back_at.is_(None),
    )
    row = connection.execute(query.order_by(Decision.version.desc()).limit(1)).mappings().first()
    return None if row is None else read_record(row)


def write_taking_back(
    connection: Connection, newest: DecisionRecord, said: DecisionRecord, now: datetime
) -> DecisionRecord:
    """Mark a decision as taken back, and let the one before it count again; return the former."""
    key = newest.product_id
    connection.execute(
        update(Decision)
        .where(Decision.product_id == key, Decision.version == newest.version)
        .values(taken_back_by=said.decided_by, taken_back_at=now, in_force=False)
    )
    connection.execute(insert(Decision), [_columns(said)])
    before = newest_standing(connection, key, _DECIDING) if newest.ruling.decides else None
    if newest.ruling.decides:
        _touch(connection, [key], now)
    if before is not None:
        connection.execute(
            update(Decision)
            .where(Decision.product_id == key, Decision.version == before.version)
            .values(in_force=True)
        )
    connection.execute(
        update(ReviewItem)
        .where(ReviewItem.product_id == key, ReviewItem.version == newest.version)
        .values(_settled(before))
    )
    return replace(newest, taken_back_by=said.decided_by, taken_back_at=now, in_force=False)


def _withdraw(connection: Connection, ids: Sequence[int]) -> None:
    """What counted until now stays where it is, and counts no longer."""
    query = update(Decision).where(IN_FORCE, among(connection, Decision.product_id, ids))
    connection.execute(query.values(in_force=False))


def _touch(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Note that what a shop sees of the products has changed: ``--since`` goes by that."""
    query = update(Product).where(among(connection, Product.id, ids))
    connection.execute(query.values(updated_at=now))


def _settle(connection: Connection, records: Sequence[DecisionRecord]) -> None:
    """Settle these products in every queue; what was skipped, where it is open in its own."""
    first = records[0]
    due: list[ColumnElement[bool]] = []
    if first.ruling is Ruling.SKIPPED:
        due = [ReviewItem.queue_id == first.queue_id, ReviewItem.state == ItemState.OPEN]
    for version in sorted({record.version for record in records}):
        ids = [record.product_id for record in records if record.version == version]
        connection.execute(
            update(ReviewItem)
            .where(among(connection, ReviewItem.product_id, ids), *due)
            .values(_settled(replace(first, version=version)))
        )


def _settled(by: DecisionRecord | None) -> dict[str, Any]:
    """Return the columns of a queue's product that a decision settles, or that is open again."""
    return {
        "state": ItemState.OPEN if by is None else ItemState.after(by.ruling),
        "version": by.version if by else None,
        "settled_by": by.decided_by if by else None,
        "settled_at": by.decided_at if by else None,
    }


def _columns(record: DecisionRecord) -> dict[str, Any]:
    return {
        "product_id": record.product_id,
        "version": record.version,
        "ruling": record.ruling,
        **asdict(record.colour),
        "measured": record.measured.to_json(),
        "decided_by": record.decided_by,
        "decided_at": record.decided_at,
        "queue_id": record.queue_id,
        "taken_back_by": None,
        "taken_back_at": None,
        "in_force": record.in_force,
    }
