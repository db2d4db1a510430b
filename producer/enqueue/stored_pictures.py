"""The pictures of products, as an enqueue adds, replaces, renews and removes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from producer.enqueue.feed_diff import NewPicture
from producer.enqueue.job_filters import has_failed, is_new
from producer.enqueue.stored_jobs import supersede_waiting
from producer.feeds.product import FeedPicture
from shared.database.bulk_insert import insert_rows
from shared.database.engine import among
from shared.database.models import ProductImage
from shared.database.product_locks import lock_products


@dataclass(frozen=True, slots=True)
class StoredPictures:
    """The pictures of products within a transaction."""

    connection: Connection

    def change_roles(self, roles: Mapping[int, str]) -> None:
        """Write new roles of pictures, by id."""
        if roles:
            self.connection.execute(
                update(ProductImage)
                .where(ProductImage.id == bindparam("key"))
                .values(role=bindparam("new_role")),
                [{"key": key, "new_role": role} for key, role in roles.items()],
            )

    def replace(self, replaced: Mapping[int, FeedPicture], now: datetime) -> dict[int, int]:
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
        supersede_waiting(self.connection, list(replaced), now)
        return self.generations(replaced)

    def add(
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
            among(self.connection, ProductImage.id, ids), has_failed() if failed_only else ~is_new()
        )
        return {row.id: row.product_id for row in self.connection.execute(query)}

    def renew(self, ids: Sequence[int], failed_only: bool, now: datetime) -> dict[int, int]:
        """Give pictures that can be done again their next generation; return that, by id."""
        found = self.renewable(ids, failed_only)
        if not found:
            return {}
        lock_products(self.connection, set(found.values()))
        self.connection.execute(
            update(ProductImage)
            .where(among(self.connection, ProductImage.id, found))
            .values(generation=ProductImage.generation + 1)
        )
        supersede_waiting(self.connection, list(found), now)
        return self.generations(found)

    def generations(self, ids: Iterable[int]) -> dict[int, int]:
        """Return the present generation of pictures, by id."""
        query = select(ProductImage.id, ProductImage.generation)
        found = self.connection.execute(query.where(among(self.connection, ProductImage.id, ids)))
        return {row.id: row.generation for row in found}

    def surplus(self, keep: Iterable[tuple[int, int]]) -> dict[int, int]:
        """Return the pictures beyond their product's last one, each with its product's id.

        ``keep`` holds product ids and how many pictures each of them keeps.
        """
        left = dict(keep)
        query = select(ProductImage.id, ProductImage.product_id, ProductImage.position)
        return {
            row.id: row.product_id
            for row in self.connection.execute(
                query.where(among(self.connection, ProductImage.product_id, left))
            )
            if row.position >= left[row.product_id]
        }

    def remove(self, pictures: Mapping[int, int]) -> None:
        """Remove pictures, given with their products' ids, and with them their jobs."""
        lock_products(self.connection, set(pictures.values()))
        self.connection.execute(
            delete(ProductImage).where(among(self.connection, ProductImage.id, pictures))
        )
