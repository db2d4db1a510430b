"""Held batches read product by product: what each picture has, and what its draft holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Self, cast

from sqlalchemy import Connection, Engine, case, select

from shared.catalogue.product_answer import Finding
from shared.contracts.jobs import Hold
from shared.contracts.stages import Code
from shared.database.engine import among, reading
from shared.database.models import Batch, ProductImage, StagedResult
from shared.errors import SettingsError
from shared.ledger.staged_results import is_overtaken, to_json

PRODUCTS_AT_ONCE: Final = 500
"""How many products are read in one statement, and share a transaction that writes."""

_ENDING: Final = ("outcome", "code")
"""Columns that an attempt without a result writes too."""

_NEWER: Final = ("pattern", "warnings", "piece")
"""Columns that drafts of older versions do not hold: they are emptied, not left as they stand."""

_MARKS: Final = ("enriched_at", "sha256", "provenance")
"""Columns that tell one result from any other."""


@dataclass(frozen=True, slots=True)
class StagedBatch:
    """A batch that is held, and how far it has been promoted."""

    id: int
    hold: Hold
    source: str | None
    created_at: datetime


def staged_batch(engine: Engine, batch_id: int) -> StagedBatch:
    """Return a held batch.

    Raises :class:`~shared.errors.SettingsError` where there is none of this number, with those
    there are.
    """
    query = select(Batch.id, Batch.hold, Batch.source, Batch.created_at)
    with reading(engine).begin() as connection:
        found = connection.execute(query.where(Batch.id == batch_id)).one_or_none()
        if found is not None and found.hold is not None:
            return StagedBatch(*found)
        held = select(Batch.id).where(Batch.hold.is_not(None)).order_by(Batch.id.desc())
        others = [str(number) for number in connection.scalars(held.limit(10))]
    what = "there is no such batch" if found is None else "it was not held, its results count"
    there_are = f"held are: {', '.join(others)}" if others else "`colourway backfill --hold` holds"
    raise SettingsError(f"batch {batch_id}: {what}; {there_are}")


@dataclass(frozen=True, slots=True)
class StagedPicture:
    """A picture of a product that a held batch is about.

    ``present`` are the picture's columns. The other fields are empty where the batch has no draft
    of it, and ``result`` too where the job gave none. Its maps hold plain JSON values.
    """

    present: Mapping[str, Any]
    has_staged_result: bool
    code: Code | None
    result: Mapping[str, Any] | None
    before: Mapping[str, Any] | None
    promoted_at: datetime | None
    moved_on: bool

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Read a row of :func:`read_pictures`."""
        columns = {column.name: row[column.name] for column in ProductImage.__table__.columns}
        result = row["result"]
        return cls(
            columns,
            row["draft_code"] is not None,
            row["draft_code"],
            None if result is None else dict.fromkeys(_NEWER) | result,
            row["before"],
            row["promoted_at"],
            bool(row["moved_on"]),
        )

    @property
    def id(self) -> int:
        """The picture's id."""
        return self.present["id"]

    @property
    def product_id(self) -> int:
        """The id of the product whose picture it is."""
        return self.present["product_id"]

    @property
    def is_promoted(self) -> bool:
        """True where the draft's result was written to the picture, and still stands there."""
        if self.promoted_at is None or self.result is None:
            return False
        there = to_json({name: self.present[name] for name in _MARKS})
        return all(there[name] == self.result[name] for name in _MARKS)

    @property
    def is_overtaken(self) -> bool:
        """True where the draft counts no more: the picture has a newer job or result."""
        if self.promoted_at is not None:
            return not self.is_promoted
        return self.has_staged_result and self.moved_on

    @property
    def is_due(self) -> bool:
        """True where the draft's result can be written."""
        return self.result is not None and self.promoted_at is None and not self.moved_on

    def to_keep(self) -> dict[str, Any]:
        """Return what stands now where the draft's result will stand."""
        return to_json({name: self.present[name] for name in self.result or ()})

    def to_restore(self) -> dict[str, Any]:
        """Return what stood there before; a later attempt's ending stays."""
        restored = dict(self.before or {})
        for name in _ENDING:
            if self.result is not None and self.present[name] != self.result[name]:
                restored.pop(name, None)
        return restored

    @property
    def finding_before(self) -> Finding | None:
        """What the picture says without this batch."""
        return self._finding(self.before if self.is_promoted else None)

    @property
    def finding_after(self) -> Finding | None:
        """What the picture says with this batch promoted."""
        return self._finding(self.result if self.is_due else None)

    def _finding(self, instead: Mapping[str, Any] | None) -> Finding | None:
        columns = {**self.present, **(instead or {})}
        return Finding.of(columns) if columns["enriched_at"] is not None else None


def product_pages(
    engine: Engine, batch_id: int, size: int = PRODUCTS_AT_ONCE
) -> Iterator[list[int]]:
    """Yield the ids of the products of which a batch has drafts, in order, a page at a time."""
    last = 0
    while True:
        with reading(engine).begin() as connection:
            query = (
                select(StagedResult.product_id)
                .where(StagedResult.batch_id == batch_id, StagedResult.product_id > last)
                .distinct()
                .order_by(StagedResult.product_id)
                .limit(size)
            )
            ids = list(connection.scalars(query))
        if not ids:
            return
        yield ids
        last = ids[-1]


def read_pictures(
    connection: Connection, batch_id: int, product_ids: Sequence[int]
) -> dict[int, list[StagedPicture]]:
    """Return all pictures of each product, by position, with the drafts of the batch."""
    query = (
        select(
            ProductImage.__table__,
            StagedResult.code.label("draft_code"),
            StagedResult.result,
            StagedResult.before,
            StagedResult.promoted_at,
            case((StagedResult.code.is_not(None), is_overtaken()), else_=False).label("moved_on"),
        )
        .outerjoin(
            StagedResult,
            (StagedResult.batch_id == batch_id)
            & (StagedResult.product_id == ProductImage.product_id)
            & (StagedResult.image_id == ProductImage.id),
        )
        .where(among(connection, ProductImage.product_id, product_ids))
        .order_by(ProductImage.product_id, ProductImage.position)
    )
    rows = cast("Iterator[Mapping[str, Any]]", iter(connection.execute(query).mappings()))
    return {
        product_id: [StagedPicture.of(row) for row in pictures]
        for product_id, pictures in groupby(rows, key=lambda row: row["product_id"])
    }
