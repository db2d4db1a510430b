"""A transaction in one catalogue: the statements by which an enqueue writes a page of a feed.

Enqueues into the same catalogue lock it, so what a transaction has read stays true until it is
committed. A product's row is locked before its pictures and jobs, as the ledger does too, so that
the two cannot deadlock.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, select

from producer.enqueue.stored_jobs import StoredJobs
from producer.enqueue.stored_pictures import StoredPictures
from producer.enqueue.stored_products import StoredProducts
from shared.database.engine import reading
from shared.database.models import Catalogue
from shared.database.upsert import upsert


@dataclass(frozen=True, slots=True)
class CatalogueTransaction:
    """A transaction in one catalogue; ``catalogue_id`` is None where a dry run finds none."""

    connection: Connection
    catalogue_id: int | None

    @property
    def products(self) -> StoredProducts:
        """The catalogue's products."""
        return StoredProducts(self.connection, self.catalogue_id)

    @property
    def pictures(self) -> StoredPictures:
        """The pictures of the products."""
        return StoredPictures(self.connection)

    @property
    def jobs(self) -> StoredJobs:
        """The jobs of the pictures, and their batches."""
        return StoredJobs(self.connection, self.catalogue_id)


@contextmanager
def transaction(
    engine: Engine, catalogue: str, dry_run: bool = False
) -> Generator[CatalogueTransaction]:
    """Begin a transaction in a catalogue, which is made where it does not exist.

    A dry run only reads: nothing is made, and on SQLite it waits for no writer.
    """
    with (reading(engine) if dry_run else engine).begin() as connection:
        if dry_run:
            found = select(Catalogue.id).where(Catalogue.name == catalogue)
            yield CatalogueTransaction(connection, connection.scalar(found))
        else:
            yield begin_transaction(connection, catalogue)


def begin_transaction(connection: Connection, catalogue: str) -> CatalogueTransaction:
    """Lock a catalogue, which is made where it does not exist, until the commit."""
    found = select(Catalogue.id).where(Catalogue.name == catalogue)
    locked = found.with_for_update(key_share=True)
    if (key := connection.scalar(locked)) is None:
        connection.execute(
            upsert(connection, Catalogue).values(name=catalogue).on_conflict_do_nothing()
        )
        key = connection.scalar(locked)
    return CatalogueTransaction(connection, key)
