"""The products of one catalogue, as an enqueue reads, locks and writes them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, true, update

from producer.enqueue.feed_diff import TEXTS, StoredPicture, StoredProduct
from producer.feeds.product import FeedProduct
from shared.database.bulk_insert import insert_rows
from shared.database.engine import text_array
from shared.database.models import Product, ProductImage
from shared.database.product_locks import lock_products


@dataclass(frozen=True, slots=True)
class StoredProducts:
    """The products of a catalogue within a transaction; without ``catalogue_id`` there are none."""

    connection: Connection
    catalogue_id: int | None

    def stored(self, skus: Sequence[str]) -> dict[str, StoredProduct]:
        """Return those of the products that the catalogue has, by sku, with their pictures."""
        if self.catalogue_id is None:
            return {}
        products: dict[str, StoredProduct] = {}
        found = self.connection.execute(self._query(skus)).all()
        for sku, key, title, category, group, colour, position, picture, url, role in found:
            product = products.get(sku)
            if product is None:
                product = products[sku] = StoredProduct(key, (title, category, group, colour))
            if position is not None:
                product.pictures[position] = StoredPicture(picture, url, role)
        return products

    def find(self, sku: str) -> tuple[int, dict[int, StoredPicture]] | None:
        """Return a product's id and its pictures by position; its texts are not read."""
        ours = (Product.catalogue_id == self.catalogue_id, Product.sku == sku)
        product_id = self.connection.scalar(select(Product.id).where(*ours))
        if product_id is None:
            return None
        picture = (ProductImage.position, ProductImage.id, ProductImage.url, ProductImage.role)
        query = select(*picture).where(ProductImage.product_id == product_id)
        rows = self.connection.execute(query).all()
        return product_id, {
            position: StoredPicture(picture_id, url, role)
            for position, picture_id, url, role in rows
        }

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
        """Rows of sku, id, texts, and a picture's position, id, URL and role."""
        ours = Product.catalogue_id == self.catalogue_id
        texts = [getattr(Product, name) for name in TEXTS]
        picture = (ProductImage.position, ProductImage.id, ProductImage.url, ProductImage.role)
        if self.connection.dialect.name != "postgresql":
            query = select(Product.sku, Product.id, *texts, *picture).outerjoin(ProductImage)
            return query.where(ours, Product.sku.in_(skus))
        # One index lookup for each sku and each product, whatever the planner estimates: before a
        # new table is first analysed it takes the catalogue for tiny, and would read all of it
        # every time.
        wanted = func.unnest(text_array(skus)).table_valued("sku").render_derived()
        products = select(Product.id, *texts).where(ours, Product.sku == wanted.c.sku)
        product = products.limit(1).lateral("product")
        shown = select(*picture).where(ProductImage.product_id == product.c.id)
        pictures = shown.offset(0).lateral("picture")
        joined = wanted.join(product, true()).outerjoin(pictures, true())
        return select(wanted.c.sku, product, pictures).select_from(joined)
