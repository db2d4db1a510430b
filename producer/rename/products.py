"""Renaming a page of products, in one transaction.

A product's pictures, their staged results, and what those keep for a rollback are renamed with it,
and the product is answered anew from its pictures, by the one rule of
:mod:`shared.catalogue.product_answer`. Mostly nearly all names stay, and only the version of the
table is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from producer.rename.outcome import Renamed
from producer.rename.pictures import RenamedPicture, read_pictures, read_without_pictures
from producer.rename.staged_results import rename_staged_results
from producer.rename.stale_products import StaleProducts
from producer.rename.writing import NameWriter
from producer.staged.changes import Change, ChangeExample, Shown
from shared.catalogue.presentation import Presentations
from shared.catalogue.product_answer import Answer, product_answer
from shared.colour.naming import Naming
from shared.database.engine import among
from shared.database.models import Catalogue, Product

Columns = tuple[Any, ...]


@dataclass(slots=True)
class ProductRenaming:
    """Renames products over a connection, and adds what changes to ``renamed``.

    Without ``now`` nothing is written; else the products are locked.
    """

    connection: Connection
    naming: Naming
    presentations: Presentations
    renamed: Renamed
    now: datetime | None = None
    _answers: dict[int, Answer] = field(default_factory=dict[int, Answer])

    def rename(self, ids: Sequence[int]) -> None:
        """Rename what another table has named of these products."""
        found = StaleProducts.find(
            self.connection, ids, self.naming, self.presentations, lock=self.now is not None
        )
        self.renamed.fresh += len(ids) - len(found.stale)
        if not found.stale:
            return
        for family, products in found.kept.items():
            self.renamed.count_unchanged(family, products)
        stale, whole = sorted(found.stale), sorted(found.whole)
        pictures = read_pictures(self.connection, whole, self.naming, self.presentations)
        of_product = self._by_product(whole, pictures)
        for product in self.connection.execute(self._query(whole)):
            self._answer(product, of_product.get(product.id, []))
        self.renamed.pictures += found.pictures
        self.renamed.staged_results += rename_staged_results(
            self.connection,
            stale,
            self.naming,
            self.presentations,
            write=self.now is not None,
        )
        if self.now is not None:
            writer = NameWriter(self.connection, self.naming.version)
            writer.write_pictures(pictures, stale)
            unchanged = [key for key in stale if key not in self._answers]
            writer.write_products(self._answers, unchanged, self.now)

    def _by_product(
        self, product_ids: Sequence[int], pictures: Sequence[RenamedPicture]
    ) -> dict[int, list[RenamedPicture]]:
        """Return each product's pictures; one without any stands for itself."""
        found: dict[int, list[RenamedPicture]] = {}
        for picture in pictures:
            found.setdefault(picture.row["product_id"], []).append(picture)
        without = [key for key in product_ids if key not in found]
        for product in read_without_pictures(
            self.connection, without, self.naming, self.presentations
        ):
            found[product.row["id"]] = [product]
        return found

    def _answer(self, product: Row[*Columns], pictures: Sequence[RenamedPicture]) -> None:
        """Count a product, and answer it anew where that may change something."""
        before = None
        if product.colour_hex is not None:
            before = Shown(product.colour_hex, product.colour_name, product.colour_family)
        lacks_pattern = before is not None and product.pattern is None
        if not lacks_pattern and not any(each.is_due for each in pictures):
            self.renamed.count(before, before)
            return
        answer = product_answer(picture.finding() for picture in pictures)
        if answer is None:
            self.renamed.count(before, before)
            return
        self._answers[product.id] = answer
        pair = self.renamed.count(before, Shown.of(answer))
        if self.renamed.most_examples and pair.change is not Change.UNCHANGED:
            example = ChangeExample(
                product.catalogue,
                product.sku,
                title=product.title,
                category=product.category,
                merchant_colour=product.merchant_colour,
                before=product_answer(picture.finding_before() for picture in pictures),
                after=answer,
            )
            self.renamed.keep(pair, product.id, example)

    def _query(self, ids: Sequence[int]) -> Select[*Columns]:
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
