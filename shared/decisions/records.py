"""Reading decisions: the one in force of each product, and the last that was said of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, func, select
from sqlalchemy.orm import InstrumentedAttribute

from shared.contracts.decisions import DecidedColour, DecisionRecord, Measured, Ruling
from shared.database.decision_rows import IN_FORCE, Decision
from shared.database.engine import among

These = Callable[[InstrumentedAttribute[int]], ColumnElement[bool]]
"""Makes the condition that a column holds the id of one of the products that are meant."""

_COLOUR: Final = tuple(field.name for field in fields(DecidedColour))


def read_record(row: Mapping[Any, Any]) -> DecisionRecord:
    """Return a row of ``decisions`` as a record."""
    return DecisionRecord(
        product_id=row["product_id"],
        version=row["version"],
        ruling=Ruling(row["ruling"]),
        colour=DecidedColour(**{name: row[name] for name in _COLOUR}),
        measured=Measured.from_json(row["measured"]),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        queue_id=row["queue_id"],
        taken_back_by=row["taken_back_by"],
        taken_back_at=row["taken_back_at"],
        in_force=row["in_force"],
    )


def decisions_in_force(connection: Connection, these: These) -> dict[int, DecisionRecord]:
    """Return the decision that counts of each product that has one, by the product's id.

    Costs one look into an index that holds nothing else, however few there are.
    """
    query = select(Decision.__table__).where(IN_FORCE, these(Decision.product_id))
    return {row["product_id"]: read_record(row) for row in connection.execute(query).mappings()}


def latest_decisions(connection: Connection, ids: Sequence[int]) -> dict[int, DecisionRecord]:
    """Return the last that was said of each product, if anything was: in force or not."""
    last = (
        select(Decision.product_id, func.max(Decision.version).label("version"))
        .where(among(connection, Decision.product_id, ids))
        .group_by(Decision.product_id)
        .subquery()
    )
    query = select(Decision.__table__).join(
        last, (Decision.product_id == last.c.product_id) & (Decision.version == last.c.version)
    )
    return {row["product_id"]: read_record(row) for row in connection.execute(query).mappings()}


def decisions_of(connection: Connection, product_id: int) -> list[DecisionRecord]:
    """Return all that was said of a product, the latest first."""
    query = select(Decision.__table__).where(Decision.product_id == product_id)
    rows = connection.execute(query.order_by(Decision.version.desc())).mappings()
    return [read_record(row) for row in rows]
