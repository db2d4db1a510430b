"""The statements behind :mod:`producer.enqueue.enqueue`: one chunk of a feed, one transaction.

Enqueues into the same catalogue take turns, so what a chunk has read stays true until it is
written. A product's row is locked before its pictures and jobs, as the ledger does too: nobody can
hold what the other waits for.
"""

from collections.abc import Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstrumentedAttribute

from producer.enqueue.feed_diff import TEXTS, NewPicture, StoredPicture, StoredProduct
from producer.enqueue.job_filters import has_failed, is_new
from producer.feeds.products import FeedPicture, FeedProduct
from shared.contracts.jobs import Hold, JobState, Queue, Trigger
from shared.database.bulk_insert import insert_rows
from shared.database.engine import among, reading
from shared.database.models import Batch, Catalogue, Job, Product, ProductImage
from shared.database.upsert import upsert
from shared.ledger.claims import close_superseded


@contextmanager
def transaction(
    engine: Engine, catalogue: str, dry_run: bool = False
) -> Generator["CatalogueTransaction"]:
    """Begin a transaction in a catalogue, which is made where it does not exist.

    A dry run only reads: nothing is made, and on SQLite nobody waits.
    """
    with (reading(engine) if dry_run else engine).begin() as connection:
        if dry_run:
            found = select(Catalogue.id).where(Catalogue.name == catalogue)
            yield CatalogueTransaction(connection, connection.scalar(found))
        else:
            yield begin_transaction(connection, catalogue)


def begin_transaction(connection: Connection, catalogue: str) -> "CatalogueTransaction":
    """Take the turn in a catalogue, which is made where it does not exist, until the commit."""
    found = select(Catalogue.id).where(Catalogue.name == catalogue)
    locked = found.with_for_update(key_share=True)
    if (key := connection.scalar(locked)) is None:
        connection.execute(
            upsert(connection, Catalogue).values(name=catalogue).on_conflict_do_nothing()
        )
        key = connection.scalar(locked)
    return CatalogueTransaction(connection, key)


@dataclass(frozen=True, slots=True)
class CatalogueTransaction:
    """A transaction in one catalogue; ``catalogue_id`` is None where a dry run finds none."""

    connection: Connection
    catalogue_id: int | None

    def stored(self, skus: Sequence[str]) -> dict[str, StoredProduct]:
        """Return those of the products that the catalogue has, with their pictures."""
        if self.catalogue_id is None:
            return {}
        products = {
            sku: StoredProduct(key, dict(zip(TEXTS, texts, strict=True)))
            for key, sku, *texts in self.connection.execute(self._products(skus)).all()
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
            pictures = select(*columns).where(self._among(ProductImage.product_id, by_id))
            for product, position, key, url, role in self.connection.execute(pictures).all():
                by_id[product].pictures[position] = StoredPicture(key, url, role)
        return products

    def lock_products(self, ids: Collection[int]) -> None:
        """Keep workers from recording these products' pictures until the chunk is written."""
        if ids:
            query = (
                select(Product.id).where(self._among(Product.id, sorted(ids))).order_by(Product.id)
            )
            self.connection.execute(query.with_for_update(key_share=True)).all()

    def add_products(self, products: Sequence[FeedProduct], now: datetime) -> dict[str, int]:
        """Insert products; return their ids by sku."""
        if not products:
            return {}
        columns = {
            name: [getattr(product, name) for product in products] for name in ("sku", *TEXTS)
        }
        same = {"catalogue_id": self.catalogue_id, "created_at": now, "updated_at": now}
        ids = insert_rows(self.connection, Product, columns, same)
        return {product.sku: key for product, key in zip(products, ids, strict=True)}

    def change_products(self, changes: Mapping[int, Mapping[str, str]], now: datetime) -> None:
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

    def change_roles(self, roles: Mapping[int, str]) -> None:
        """Write new roles of pictures, by id."""
        if roles:
            self.connection.execute(
                update(ProductImage)
                .where(ProductImage.id == bindparam("key"))
                .values(role=bindparam("new_role")),
                [{"key": key, "new_role": role} for key, role in roles.items()],
            )

    def replace_pictures(
        self, replaced: Mapping[int, FeedPicture], now: datetime
    ) -> dict[int, int]:
        """Give pictures another URL and their next generation; return that, by id."""
        if not replaced:
            return {}
        self.connection.execute(
            update(ProductImage)
            .where(ProductImage.id == bindparam("key"))
            .values(
                url=bindparam("new_url"),
                role=bindparam("new_role"),
                generation=ProductImage.generation + 1,
            ),
            [
                {"key": key, "new_url": picture.url, "new_role": picture.role}
                for key, picture in replaced.items()
            ],
        )
        self._close_jobs(list(replaced), now)
        return self.generations(replaced)

    def add_pictures(
        self, pictures: Sequence[NewPicture], product_ids: Mapping[str, int], now: datetime
    ) -> dict[int, int]:
        """Insert pictures; return their first generation, by id."""
        if not pictures:
            return {}
        columns = {
            "product_id": [product_ids[picture.sku] for picture in pictures],
            "position": [picture.position for picture in pictures],
            "url": [picture.url for picture in pictures],
            "role": [picture.role for picture in pictures],
        }
        same = {"generation": 1, "created_at": now}
        return dict.fromkeys(insert_rows(self.connection, ProductImage, columns, same), 1)

    def renewable(self, ids: Sequence[int], failed_only: bool) -> dict[int, int]:
        """Return which of the pictures can be done again, each with its product's id.

        That is all but those still to be done for the first time; or, with ``failed_only``, those
        whose job failed or was quarantined.
        """
        query = select(ProductImage.id, ProductImage.product_id).where(
            self._among(ProductImage.id, ids), has_failed() if failed_only else ~is_new()
        )
        return {row.id: row.product_id for row in self.connection.execute(query)}

    def renew(self, ids: Sequence[int], failed_only: bool, now: datetime) -> dict[int, int]:
        """Give pictures that can be done again their next generation; return that, by id."""
        found = self.renewable(ids, failed_only)
        if not found:
            return {}
        self.lock_products(set(found.values()))
        self.connection.execute(
            update(ProductImage)
            .where(self._among(ProductImage.id, found))
            .values(generation=ProductImage.generation + 1)
        )
        self._close_jobs(list(found), now)
        return self.generations(found)

    def generations(self, ids: Iterable[int]) -> dict[int, int]:
        """Return the present generation of pictures, by id."""
        query = select(ProductImage.id, ProductImage.generation)
        found = self.connection.execute(query.where(self._among(ProductImage.id, ids)))
        return {row.id: row.generation for row in found}

    def add_batch(
        self, trigger: Trigger, source: str | None, now: datetime, *, held: bool = False
    ) -> int:
        """Insert a batch, one that is held or not; return its id."""
        values = {
            "catalogue_id": self.catalogue_id,
            "trigger": trigger,
            "source": source,
            "hold": Hold.HELD if held else None,
            "created_at": now,
        }
        made = self.connection.scalars(insert(Batch).values(values).returning(Batch.id))
        return made.one()

    def add_jobs(
        self,
        pictures: Mapping[int, int],
        batch_id: int,
        queue: Queue,
        now: datetime,
        *,
        held: bool = False,
        dispatched: bool = False,
    ) -> list[int]:
        """Insert a job for each picture, given with its present generation; return their ids.

        ``held`` says whether the batch is; ``rung`` whether a doorbell rings once they are
        committed.
        """
        if not pictures:
            return []
        ids = sorted(pictures)
        columns = {"image_id": ids, "generation": [pictures[key] for key in ids]}
        same = {"batch_id": batch_id, "queue": queue, "held": held, "created_at": now}
        if dispatched:
            same["rung_at"] = now
        return insert_rows(self.connection, Job, columns, same)

    def surplus(self, keep: Iterable[tuple[int, int]]) -> dict[int, int]:
        """Return pictures that stand behind their product's last one, each with its product's id.

        ``keep`` holds product ids and how many pictures each of them has left.
        """
        left = dict(keep)
        query = select(ProductImage.id, ProductImage.product_id, ProductImage.position)
        return {
            row.id: row.product_id
            for row in self.connection.execute(
                query.where(self._among(ProductImage.product_id, left))
            )
            if row.position >= left[row.product_id]
        }

    def remove_pictures(self, pictures: Mapping[int, int]) -> None:
        """Remove pictures, given with their products' ids, and with them their jobs."""
        self.lock_products(set(pictures.values()))
        self.connection.execute(delete(ProductImage).where(self._among(ProductImage.id, pictures)))

    def _products(self, skus: Sequence[str]) -> Select[*tuple[Any, ...]]:
        ours = Product.catalogue_id == self.catalogue_id
        columns = [Product.id, Product.sku, *(getattr(Product, name) for name in TEXTS)]
        if self.connection.dialect.name != "postgresql":
            return select(*columns).where(ours, Product.sku.in_(skus))
        # One look into the index for each sku, whatever the planner believes: before a new table is
        # first analysed it takes the catalogue for tiny and would read all of it every time.
        array = literal(list(skus), postgresql.ARRAY(Product.sku.type))
        wanted = func.unnest(array).table_valued("sku").render_derived()
        found = select(*columns).where(ours, Product.sku == wanted.c.sku).limit(1).lateral()
        return select(found).select_from(wanted).join(found, true())

    def _among(
        self, column: InstrumentedAttribute[int], keys: Iterable[int]
    ) -> ColumnElement[bool]:
        """Return the condition that a column holds one of many keys."""
        return among(self.connection, column, keys)

    def _close_jobs(self, image_ids: Sequence[int], now: datetime) -> None:
        # A job in work closes itself: its worker finds that the picture was replaced.
        waiting = select(Job.id).where(
            self._among(Job.image_id, image_ids), Job.state.in_([JobState.PENDING, JobState.RETRY])
        )
        close_superseded(self.connection, list(self.connection.scalars(waiting)), now)
