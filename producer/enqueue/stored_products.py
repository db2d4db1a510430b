"""The products of one catalogue, as an enqueue reads, locks and writes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, true, update

from producer.enqueue.feed_diff import TEXTS, StoredPicture, StoredProduct
from producer.feeds.products import FeedProduct
from shared.database.bulk_insert import insert_rows
from shared.database.engine import among, text_array
from shared.database.models import Product, ProductImage


@dataclass(frozen=True, slots=True)
class StoredProducts:
    """The products of a catalogue within a transaction; without ``catalogue_id`` there are none."""

    connection: Connection
    catalogue_id: int | None

    def stored(self, skus: Sequence[str]) -> dict[str, StoredProduct]:
        """Return those of the products that the catalogue has, by sku, with their pictures."""
        if self.catalogue_id is None:
            return {}
        products = {
            row[1]: StoredProduct(row[0], row[2:])
            for row in self.connection.execute(self._query(skus)).all()
        }
        by_id = {product.id: product for product in products.values()}
        if by_id:
            columns = (
                ProductImage.product_id,
                ProductImage.position,
                ProductImage.id,
                ProductImage.url,
                ProductImage.role,
            )
            pictures = select(*columns).where(
                among(self.connection, ProductImage.product_id, by_id)
            )
            for product, position, key, url, role in self.connection.execute(pictures).all():
                by_id[product].pictures[position] = StoredPicture(key, url, role)
        return products

    def lock(self, ids: Collection[int]) -> None:
        """Keep workers from recording these products' pictures until the commit."""
        lock_products(self.connection, ids)

    def add(self, products: Sequence[FeedProduct], now: datetime) -> dict[str, int]:
        """Insert products; return their ids by sku."""
        if not products:
            return {}
        columns = {
            name: [getattr(product, name) for product in products] for name in ("sku", *TEXTS)
        }
        same = {"catalogue_id": self.catalogue_id, "created_at": now, "updated_at": now}
        ids = insert_rows(self.connection, Product, columns, same)
        return {product.sku: key for product, key in zip(products, ids, strict=True)}

    def change(self, changes: Mapping[int, Mapping[str, str]], now: datetime) -> None:
        """Write new texts; ``changes`` maps a product's id to its changed columns."""
        for columns in sorted({tuple(sorted(change)) for change in changes.values()}):
            self.connection.execute(
                update(Product)
                .where(Product.id == bindparam("key"))
                .values(updated_at=now, **{name: bindparam(f"new_{name}") for name in columns}),
                [
                    {"key": key, **{f"new_{name}": change[name] for name in columns}}
                    for key, change in changes.items()
                    if tuple(sorted(change)) == columns
                ],
            )

    def _query(self, skus: Sequence[str]) -> Select[*tuple[Any, ...]]:
        ours = Product.catalogue_id == self.catalogue_id
        columns = [Product.id, Product.sku, *(getattr(Product, name) for name in TEXTS)]
        if self.connection.dialect.name != "postgresql":
            return select(*columns).where(ours, Product.sku.in_(skus))
        # One index lookup for each sku, whatever the planner estimates: before a new table is first
        # analysed it takes the catalogue for tiny, and would read all of it every time.
        wanted = func.unnest(text_array(skus)).table_valued("sku").render_derived()
        found = select(*columns).where(ours, Product.sku == wanted.c.sku).limit(1).lateral()
        return select(found).select_from(wanted).join(found, true())


def lock_products(connection: Connection, ids: Collection[int]) -> None:
    """Lock products of any catalogues, in the order of their ids, until the commit."""
    if ids:
        query = select(Product.id).where(among(connection, Product.id, sorted(ids)))
        connection.execute(query.order_by(Product.id).with_for_update(key_share=True)).all()
