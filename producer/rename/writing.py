"""Writing new names: pictures and products that change, and the version of the table to all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Text, func, literal, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from producer.rename.pictures import RenamedPicture, with_result
from shared.catalogue.product_answer import Answer
from shared.database.bulk_update import update_rows
from shared.database.engine import among
from shared.database.models import Product, ProductImage

_DERIVED: Final = (
    "colour_name",
    "colour_family",
    "colour_family_second",
    "pattern",
    "colours",
    "skin",
    "hair",
    "confidence",
)
"""The columns of a product's answer that follow from names; the others stay as they are."""


@dataclass(frozen=True, slots=True)
class NameWriter:
    """Writes names over a connection; ``version`` is that of the table they come from."""

    connection: Connection
    version: str

    def write_pictures(
        self, pictures: Sequence[RenamedPicture], product_ids: Sequence[int]
    ) -> None:
        """Write the pictures that change, and the version on all with a result of the products."""
        changed = [each for each in pictures if each.is_due]
        columns = {
            "shades": [each.shades for each in changed],
            "pattern": [each.row["pattern"] or each.finding().pattern for each in changed],
        }
        keys = [each.row["id"] for each in changed]
        version = {"provenance": self._with_version(ProductImage.provenance)}
        update_rows(self.connection, ProductImage, keys, columns, version)
        noted = ProductImage.provenance["naming_version"].as_string()
        self.connection.execute(
            update(ProductImage)
            .where(*with_result(self.connection, product_ids), noted.is_distinct_from(self.version))
            .values(version)
        )

    def write_products(
        self, answers: Mapping[int, Answer], unchanged: Sequence[int], now: datetime
    ) -> None:
        """Write new answers, by product, and the version alone on the products that keep theirs."""
        found = {key: answer.columns() for key, answer in answers.items()}
        columns = {name: [each[name] for each in found.values()] for name in _DERIVED}
        version = {"provenance": self._with_version(Product.provenance)}
        update_rows(self.connection, Product, list(found), columns, {**version, "updated_at": now})
        self.connection.execute(
            update(Product)
            .where(among(self.connection, Product.id, unchanged), Product.provenance.is_not(None))
            # The time stays: nothing that a shop sees has changed.
            .values(version | {"updated_at": Product.updated_at})
        )

    def _with_version(self, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
        """Return a provenance as it is, but for the version of the table."""
        if self.connection.dialect.name != "postgresql":
            return func.json_set(column, "$.naming_version", self.version)
        version = func.to_jsonb(sql_cast(self.version, Text))
        path = literal(["naming_version"], postgresql.ARRAY(Text))
        return func.jsonb_set(column, path, version)
