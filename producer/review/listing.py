"""Listing what people decided, the newest first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, select

from shared.contracts.decisions import DecisionRecord
from shared.database.decision_rows import Decision
from shared.database.engine import reading
from shared.database.models import Catalogue, Product
from shared.decisions.records import read_record


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions are listed: those of which everything given here is true.

    ``every`` lists those too that no longer count: overruled, taken back, skipped.
    """

    catalogue_id: int | None = None
    sku: str | None = None
    decided_by: str | None = None
    since: datetime | None = None
    every: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the conditions for the database."""
        wanted: list[ColumnElement[bool]] = []
        if self.catalogue_id is not None:
            wanted.append(Product.catalogue_id == self.catalogue_id)
        if self.sku is not None:
            wanted.append(Product.sku == self.sku)
        if self.decided_by is not None:
            wanted.append(Decision.decided_by == self.decided_by)
        if self.since is not None:
            wanted.append(Decision.decided_at >= self.since)
        if not self.every:
            wanted.append(Decision.in_force.is_(True))
        return wanted


@dataclass(frozen=True, slots=True)
class ListedDecision:
    """A decision and the product that it is on."""

    catalogue: str
    sku: str
    title: str | None
    decision: DecisionRecord

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        product = {"catalogue": self.catalogue, "sku": self.sku, "title": self.title}
        return {**product, **self.decision.to_json()}


def list_decisions(engine: Engine, wanted: DecisionFilter, limit: int) -> Iterator[ListedDecision]:
    """Yield decisions, the newest first, so many at most."""
    query = (
        select(Catalogue.name.label("catalogue"), Product.sku, Product.title, Decision.__table__)
        .join(Product, Product.id == Decision.product_id)
        .join(Catalogue, Catalogue.id == Product.catalogue_id)
        .where(*wanted.conditions())
        .order_by(Decision.decided_at.desc(), Decision.product_id.desc(), Decision.version.desc())
        .limit(limit)
    )
    with reading(engine).begin() as connection:
        rows = connection.execute(query).mappings().all()
    return map(_listed, rows)


def _listed(row: Mapping[Any, Any]) -> ListedDecision:
    return ListedDecision(row["catalogue"], row["sku"], row["title"], read_record(row))
