"""Stored pictures under another table of names: read and named anew."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Connection, Text, select
from sqlalchemy import cast as sql_cast

from producer.rename.shades import Shades, relabel
from shared.catalogue.presentation import Presentations
from shared.catalogue.product_answer import PictureFinding
from shared.colour.naming import Naming
from shared.contracts.results import MULTI, Region
from shared.database.engine import among
from shared.database.models import Product, ProductImage


@dataclass(slots=True)
class RenamedPicture:
    """A picture that has a result; ``shades`` have their new names, the row has the old ones."""

    row: Mapping[Any, Any]
    shades: Shades
    changed: bool

    @property
    def is_due(self) -> bool:
        """True where more has to be written than the version: a name, or a pattern it lacks."""
        lacks = self.row["pattern"] is None and bool(self.shades.get(Region.CLOTHES))
        return self.changed or lacks

    def finding(self) -> PictureFinding:
        """Return what the picture shows, under its new names."""
        return self._finding(self.shades)

    def finding_before(self) -> PictureFinding:
        """Return what it shows under its old names."""
        return self._finding(from_json(self.row["shades"]))

    def _finding(self, shades: Shades) -> PictureFinding:
        # Neither warnings nor provenance affect what follows from names.
        return PictureFinding.of({**self.row, "shades": shades, "warnings": None, "provenance": {}})


def with_result(
    connection: Connection, product_ids: Sequence[int]
) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions of these products' pictures that have a result."""
    of_products = among(connection, ProductImage.product_id, product_ids)
    return of_products, ProductImage.enriched_at.is_not(None)


def read_pictures(
    connection: Connection,
    product_ids: Sequence[int],
    naming: Naming,
    presentations: Presentations,
) -> list[RenamedPicture]:
    """Read the products' pictures that have a result, and name them anew."""
    query = select(
        ProductImage.id,
        ProductImage.product_id,
        ProductImage.position,
        ProductImage.subject,
        select(Product.category)
        .where(Product.id == ProductImage.product_id)
        .scalar_subquery()
        .label("category"),
        # As text: one call parses all of a page, and most are not needed a second time.
        sql_cast(ProductImage.shades, Text).label("shades"),
        ProductImage.pattern,
        ProductImage.piece,
        ProductImage.confidence,
        ProductImage.crop_key,
        ProductImage.cutout_key,
        ProductImage.thumbnail_key,
    ).where(*with_result(connection, product_ids))
    rows = connection.execute(query).mappings().all()
    shades: list[Shades] = from_json(f"[{','.join(row['shades'] for row in rows)}]")
    shown = [presentations.of(row["subject"], row["category"]) for row in rows]
    changed = relabel(shades, shown, naming)
    return [RenamedPicture(*each) for each in zip(rows, shades, changed, strict=True)]


def read_without_pictures(
    connection: Connection,
    product_ids: Sequence[int],
    naming: Naming,
    presentations: Presentations,
) -> list[RenamedPicture]:
    """Read products none of whose pictures has a result: theirs have been removed since.

    Each is treated as one picture with the colours that the product has.
    """
    if not product_ids:
        return []
    query = select(Product.__table__).where(
        among(connection, Product.id, product_ids), Product.colours.is_not(None)
    )
    rows = [dict(row) for row in connection.execute(query).mappings()]
    shades: list[Shades] = []
    for row in rows:
        # Only a packshot's own colours, or a piece's, can have made it multi.
        row |= {"position": 0, "subject": "packshot" if row["colour_family"] == MULTI else None}
        own = {Region.CLOTHES: "colours", Region.SKIN: "skin", Region.HAIR: "hair"}
        shades.append({region.value: row[name] or [] for region, name in own.items()})
        row["shades"] = to_json(shades[-1]).decode()
    # How the pictures were lit is known no longer.
    shown = [presentations.of(None, row["category"]) for row in rows]
    changed = relabel(shades, shown, naming)
    return [RenamedPicture(*each) for each in zip(rows, shades, changed, strict=True)]
