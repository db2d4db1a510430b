"""Renaming of one page of products, in one transaction.

Pictures, drafts of held batches, and what those keep for a rollback are renamed with their product,
and the product is answered anew from its pictures, by the one rule of
:mod:`shared.catalogue.product_answer`. Most
often nearly all names stay; then only the version of the table is noted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json, to_json
from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    Text,
    func,
    literal,
    select,
    update,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from producer.rename.shades import Shades, relabel
from producer.rename.staged_results import rename_staged_results
from producer.rename.stale_products import DueProducts
from producer.staged.changes import Change, Changes, Example, Shown
from shared.catalogue.product_answer import Answer, Finding, product_answer
from shared.colour.naming import Naming
from shared.contracts.results import MULTI, Region
from shared.database.bulk_update import update_rows
from shared.database.engine import among
from shared.database.models import Catalogue, Product, ProductImage

Columns = tuple[Any, ...]

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


@dataclass(slots=True)
class Renamed(Changes):
    """What another table makes of the products, and how many pictures and drafts it renames.

    ``fresh`` products were named by it already.
    """

    version: str
    fresh: int = 0
    pictures: int = 0
    staged_results: int = 0

    def add(self, others: "Renamed") -> None:
        """Add what became of other products."""
        self.add_changes(others)
        self.fresh += others.fresh
        self.pictures += others.pictures
        self.staged_results += others.staged_results

    @property
    def seen(self) -> int:
        """How many products were gone through."""
        return self.fresh + self.products.total()


@dataclass(slots=True)
class _Picture:
    """A picture that has a result; ``shades`` have their new names, the row has the old ones."""

    row: Mapping[Any, Any]
    shades: Shades
    changed: bool

    @property
    def is_due(self) -> bool:
        """True where more has to be written than the version: a name, or a pattern it lacks."""
        lacks = self.row["pattern"] is None and bool(self.shades.get(Region.CLOTHES))
        return self.changed or lacks

    def finding(self) -> Finding:
        """Return what it says with its new names."""
        return self._finding(self.shades)

    def finding_before(self) -> Finding:
        """Return what it said with its old ones."""
        return self._finding(from_json(self.row["shades"]))

    def _finding(self, shades: Shades) -> Finding:
        # Neither warnings nor provenance has a say in what follows from names.
        return Finding.of({**self.row, "shades": shades, "warnings": None, "provenance": {}})


@dataclass(slots=True)
class Page:
    """Renames products over a connection; what becomes of them is added to ``renamed``.

    Without ``now`` nothing is written; else the products are locked.
    """

    connection: Connection
    naming: Naming
    renamed: Renamed
    now: datetime | None = None
    _answers: dict[int, Answer] = field(default_factory=dict[int, Answer])

    def go(self, ids: Sequence[int]) -> None:
        """Rename what another table has named of these products."""
        writes = self.now is not None
        due = DueProducts.find(self.connection, ids, self.naming, lock=writes)
        self.renamed.fresh += len(ids) - len(due.stale)
        if not due.stale:
            return
        for family, products in due.kept.items():
            self.renamed.count_unchanged(family, products)
        stale, whole = sorted(due.stale), sorted(due.whole)
        pictures = self._pictures(whole)
        of_product: dict[int, list[_Picture]] = {}
        for picture in pictures:
            of_product.setdefault(picture.row["product_id"], []).append(picture)
        for alone in self._alone([key for key in whole if key not in of_product]):
            of_product[alone.row["id"]] = [alone]
        for product in self.connection.execute(self._products(whole)):
            self._answer(product, of_product.get(product.id, []))
        self.renamed.pictures += due.pictures
        self.renamed.staged_results += rename_staged_results(
            self.connection, stale, self.naming, write=writes
        )
        if writes:
            self._write_pictures(pictures, stale)
            self._write_products([key for key in stale if key not in self._answers])

    def _with_result(self, product_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
        """Return the conditions of these products' pictures that have a result."""
        of_products = among(self.connection, ProductImage.product_id, product_ids)
        return of_products, ProductImage.enriched_at.is_not(None)

    def _answer(self, product: Row[*Columns], pictures: Sequence[_Picture]) -> None:
        """Count a product, and answer it anew where that may give something else."""
        before = None
        if product.colour_hex is not None:
            before = Shown(product.colour_hex, product.colour_name, product.colour_family)
        lacks = before is not None and product.pattern is None
        if not lacks and not any(each.is_due for each in pictures):
            self.renamed.count(before, before)
            return
        answer = product_answer(picture.finding() for picture in pictures)
        if answer is None:
            self.renamed.count(before, before)
            return
        self._answers[product.id] = answer
        pair = self.renamed.count(before, Shown.of(answer))
        if self.renamed.most_examples and pair.change is not Change.UNCHANGED:
            example = Example(
                product.catalogue,
                product.sku,
                title=product.title,
                category=product.category,
                merchant_colour=product.merchant_colour,
                before=product_answer(picture.finding_before() for picture in pictures),
                after=answer,
            )
            self.renamed.keep(pair, product.id, example)

    def _products(self, ids: Sequence[int]) -> Select[*Columns]:
        return (
            select(
                Product.id,
                Product.colour_hex,
                Product.colour_name,
                Product.colour_family,
                Product.pattern,
                Catalogue.name.label("catalogue"),
                Product.sku,
                Product.title,
                Product.category,
                Product.merchant_colour,
            )
            .join(Catalogue, Catalogue.id == Product.catalogue_id)
            .where(among(self.connection, Product.id, ids))
        )

    def _pictures(self, product_ids: Sequence[int]) -> list[_Picture]:
        """Read the pictures that have a result, and name them anew."""
        query = select(
            ProductImage.id,
            ProductImage.product_id,
            ProductImage.position,
            ProductImage.subject,
            # As text: all of a page are read by one call, and most are not needed a second time.
            sql_cast(ProductImage.shades, Text).label("shades"),
            ProductImage.pattern,
            ProductImage.piece,
            ProductImage.confidence,
            ProductImage.crop_key,
            ProductImage.cutout_key,
            ProductImage.thumbnail_key,
        ).where(*self._with_result(product_ids))
        rows = self.connection.execute(query).mappings().all()
        shades: list[Shades] = from_json(f"[{','.join(row['shades'] for row in rows)}]")
        changed = relabel(shades, self.naming)
        return [_Picture(*each) for each in zip(rows, shades, changed, strict=True)]

    def _alone(self, product_ids: Sequence[int]) -> list[_Picture]:
        """Read products of which no picture has a result: their answers came from some that went.

        Each is taken for a picture of its own, with the colours that the product has.
        """
        if not product_ids:
            return []
        query = select(Product.__table__).where(
            among(self.connection, Product.id, product_ids), Product.colours.is_not(None)
        )
        rows = [dict(row) for row in self.connection.execute(query).mappings()]
        shades: list[Shades] = []
        for row in rows:
            # Only a packshot's own colours, or a piece's, can have made it multi.
            row |= {"position": 0, "subject": "packshot" if row["colour_family"] == MULTI else None}
            own = {Region.CLOTHES: "colours", Region.SKIN: "skin", Region.HAIR: "hair"}
            shades.append({region.value: row[name] or [] for region, name in own.items()})
            row["shades"] = to_json(shades[-1]).decode()
        changed = relabel(shades, self.naming)
        return [_Picture(*each) for each in zip(rows, shades, changed, strict=True)]

    def _write_pictures(self, pictures: Sequence[_Picture], product_ids: Sequence[int]) -> None:
        changed = [each for each in pictures if each.is_due]
        columns = {
            "shades": [each.shades for each in changed],
            "pattern": [each.row["pattern"] or each.finding().pattern for each in changed],
        }
        keys = [each.row["id"] for each in changed]
        version = {"provenance": self._version(ProductImage.provenance)}
        update_rows(self.connection, ProductImage, keys, columns, version)
        noted = ProductImage.provenance["naming_version"].as_string()
        self.connection.execute(
            update(ProductImage)
            .where(*self._with_result(product_ids), noted.is_distinct_from(self.naming.version))
            .values(version)
        )

    def _write_products(self, unchanged: Sequence[int]) -> None:
        found = {key: answer.columns() for key, answer in self._answers.items()}
        columns = {name: [each[name] for each in found.values()] for name in _DERIVED}
        version = {"provenance": self._version(Product.provenance)}
        same = {**version, "updated_at": self.now}
        update_rows(self.connection, Product, list(found), columns, same)
        self.connection.execute(
            update(Product)
            .where(among(self.connection, Product.id, unchanged), Product.provenance.is_not(None))
            # As it stands: nothing that a shop sees has changed.
            .values(version | {"updated_at": Product.updated_at})
        )

    def _version(self, column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
        """Return a provenance as it stands, but for the version of the table."""
        if self.connection.dialect.name != "postgresql":
            return func.json_set(column, "$.naming_version", self.naming.version)
        version = func.to_jsonb(sql_cast(self.naming.version, Text))
        path = literal(["naming_version"], postgresql.ARRAY(Text))
        return func.jsonb_set(column, path, version)
