"""Products under their locks, as they are when somebody decides on them."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

from sqlalchemy import Connection, select

from shared.contracts.decisions import (
    NOBODY,
    DecidedColour,
    DecisionRecord,
    Measured,
    Ruling,
    Seen,
)
from shared.contracts.results import Shade
from shared.database.engine import among
from shared.database.models import Product
from shared.database.product_locks import lock_products
from shared.decisions.conflict import DecisionConflict, NothingToDecide
from shared.decisions.records import decisions_in_force, latest_decisions

MEASURED_COLUMNS: Final = (
    Product.colour_family,
    Product.colour_family_second,
    Product.colour_name,
    Product.colour_hex,
    Product.colours,
    Product.piece,
    Product.pattern,
    Product.confidence,
    Product.warnings,
    Product.provenance,
    Product.cutout_key,
    Product.thumbnail_key,
    Product.enriched_at,
)
"""The columns that :meth:`~shared.contracts.decisions.Measured.of` reads, and all colours."""


@dataclass(frozen=True, slots=True)
class LockedProducts:
    """Products that nobody else can decide on, nor record a result of, until the commit."""

    rows: Mapping[int, Mapping[Any, Any]]
    latest: Mapping[int, DecisionRecord]
    in_force: Mapping[int, DecisionRecord]

    @classmethod
    def lock(cls, connection: Connection, ids: Sequence[int]) -> Self:
        """Lock products. Raises NothingToDecide where one does not exist."""
        lock_products(connection, ids)
        # Statements of their own, so that they see what was committed by those who held the locks.
        columns = (Product.id, Product.sku, *MEASURED_COLUMNS)
        query = select(*columns).where(among(connection, Product.id, ids)).order_by(Product.id)
        rows = {row["id"]: row for row in connection.execute(query).mappings()}
        if missing := [str(key) for key in ids if key not in rows]:
            raise NothingToDecide(f"there is no product {', '.join(missing[:10])}")
        in_force = decisions_in_force(connection, lambda column: among(connection, column, ids))
        return cls(rows, latest_decisions(connection, ids), in_force)

    def seen(self, key: int) -> Seen:
        """What is there to be seen of a product now."""
        latest = self.latest.get(key)
        return Seen(latest.version if latest else NOBODY, self.measured(key).enriched_at)

    def measured(self, key: int) -> Measured:
        """What was measured of a product. Raises NothingToDecide where that makes no sense."""
        with self._sensible(key):
            return Measured.of(self.rows[key])

    def shades(self, key: int) -> list[Shade]:
        """The measured colours of its clothes, largest share first; raises as above."""
        with self._sensible(key):
            return [Shade.from_json(raw) for raw in self.rows[key]["colours"] or ()]

    def colour(self, key: int) -> DecidedColour:
        """What a product has now: as decided, else as measured."""
        standing = self.in_force.get(key)
        if standing is None or standing.ruling is Ruling.NOT_IN_PICTURE:
            return self.measured(key).colour
        return standing.colour

    def require_results(self, keys: Iterable[int]) -> None:
        """Raise NothingToDecide where there is nothing to be accepted."""
        for key in keys:
            if self.rows[key]["enriched_at"] is None:
                sku = self.rows[key]["sku"]
                raise NothingToDecide(f"{sku} has no result yet that could be accepted")

    @contextmanager
    def _sensible(self, key: int) -> Generator[None]:
        try:
            yield
        except (KeyError, TypeError, ValueError) as error:
            sku = self.rows[key]["sku"]
            raise NothingToDecide(f"{sku}: its stored colours make no sense: {error!r}") from error

    def conflict(self, key: int) -> DecisionConflict:
        """Say what came in between."""
        return DecisionConflict(self.rows[key]["sku"], key, self.latest.get(key), self.seen(key))
