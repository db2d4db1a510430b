"""Staged batches, read product by product: each picture, and its staged result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any, Final, Self, cast

from sqlalchemy import Connection, Engine, case, select

from shared.catalogue.product_answer import PictureFinding
from shared.contracts.jobs import Staging
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
"""Columns that staged results of older versions lack: they are emptied, not left as they are."""

_MARKS: Final = ("enriched_at", "sha256", "provenance")
"""Columns that identify one result."""


@dataclass(frozen=True, slots=True)
class StagedBatch:
    """A staged batch, and how far it has been promoted."""

    id: int
    staging: Staging
    source: str | None
    created_at: datetime


def staged_batch(engine: Engine, batch_id: int) -> StagedBatch:
    """Return a staged batch.

    Raises :class:`~shared.errors.SettingsError`, which names the staged batches there are, where
    there is none of this number.
    """
    staging = Batch.staging.label("staging")
    query = select(Batch.id, staging, Batch.source, Batch.created_at)
    with reading(engine).begin() as connection:
        found = connection.execute(query.where(Batch.id == batch_id)).one_or_none()
        if found is not None and found.staging is not None:
            return StagedBatch(*found)
        staged = select(Batch.id).where(Batch.staging.is_not(None)).order_by(Batch.id.desc())
        others = [str(number) for number in connection.scalars(staged.limit(10))]
    what = "there is no such batch"
    if found is not None:
        what = "it is not staged, its results are in the catalogue already"
    there_are = "`colourway backfill --stage` stages a batch"
    if others:
        there_are = f"staged batches: {', '.join(others)}"
    raise SettingsError(f"batch {batch_id}: {what}; {there_are}")


@dataclass(frozen=True, slots=True)
class StagedPicture:
    """A picture of a product in a staged batch.

    ``present`` are the picture's columns. The other fields are empty where the batch has no staged
    result of it, and ``result`` too where the job gave none. Its maps hold plain JSON values.
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
            row["staged_code"] is not None,
            row["staged_code"],
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
        """True where the staged result was written to the picture, and is still there."""
        if self.promoted_at is None or self.result is None:
            return False
        present = to_json({name: self.present[name] for name in _MARKS})
        return all(present[name] == self.result[name] for name in _MARKS)

    @property
    def is_overtaken(self) -> bool:
        """True where the picture has a newer job or result than the staged one."""
        if self.promoted_at is not None:
            return not self.is_promoted
        return self.has_staged_result and self.moved_on

    @property
    def is_due(self) -> bool:
        """True where the staged result can be promoted."""
        return self.result is not None and self.promoted_at is None and not self.moved_on

    def to_keep(self) -> dict[str, Any]:
        """Return the picture's present values of the columns that a promotion writes."""
        return to_json({name: self.present[name] for name in self.result or ()})

    def to_restore(self) -> dict[str, Any]:
        """Return the values that a rollback writes; the outcome of a later attempt stays."""
        restored = dict(self.before or {})
        for name in _ENDING:
            if self.result is not None and self.present[name] != self.result[name]:
                restored.pop(name, None)
        return restored

    @property
    def finding_before(self) -> PictureFinding | None:
        """What the picture shows without this batch."""
        return self._finding(self.before if self.is_promoted else None)

    @property
    def finding_after(self) -> PictureFinding | None:
        """What the picture shows with this batch promoted."""
        return self._finding(self.result if self.is_due else None)

    def _finding(self, instead: Mapping[str, Any] | None) -> PictureFinding | None:
        columns = {**self.present, **(instead or {})}
        return PictureFinding.of(columns) if columns["enriched_at"] is not None else None


def product_pages(
    engine: Engine, batch_id: int, size: int = PRODUCTS_AT_ONCE
) -> Iterator[list[int]]:
    """Yield the ids of the products with staged results of a batch, in order, a page at a time."""
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
    """Return all pictures of each product, by position, with the staged results of the batch."""
    query = (
        select(
            ProductImage.__table__,
            StagedResult.code.label("staged_code"),
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
