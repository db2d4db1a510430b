"""The statements behind :mod:`producer.uploads.apply`: an object's last event, and its pictures.

Rows are locked in one order everywhere: the object, its catalogues by number, then products,
pictures and jobs as :mod:`producer.enqueue.store` does.
"""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, insert, select, update

from producer.enqueue.job_filters import is_at_work, is_new
from producer.uploads.event import ObjectChange, UploadEvent
from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.jobs import Trigger
from shared.database.models import IN_S3, Batch, Catalogue, Product, ProductImage, Upload
from shared.database.upsert import upsert


class KnownPicture(NamedTuple):
    """A picture whose URL is the object's."""

    id: int
    product_id: int
    catalogue_id: int


class LastSeen(NamedTuple):
    """What the last event that counted said of an object; empty where none has come yet."""

    sequencer: str | None = None
    version: str | None = None
    etag: str | None = None

    def is_older_than(self, event: UploadEvent) -> bool:
        """Return whether an event is newer.

        Without a sequencer it is taken for newer. Equal sequencers mean the same event, unless two
        contents were put: then the sender had only the time, which is too coarse.
        """
        if self.sequencer is None or event.sequencer is None:
            return True
        if event.sequencer != self.sequencer:
            return event.sequencer > self.sequencer
        return (
            event.change is ObjectChange.CREATED
            and None not in (self.etag, event.etag)
            and (self.etag != event.etag)
        )


def made_from(
    connection: Connection, pictures: Collection[KnownPicture], etag: str, last: LastSeen
) -> set[int]:
    """Return the ids of the finished pictures whose outcome was judged from this ETag's bytes.

    Where an outcome does not say what it was judged from, it is what was last seen.
    """
    query = select(ProductImage.id, ProductImage.fingerprint).where(
        ProductImage.id.in_([picture.id for picture in pictures]), ~is_new(), ~is_at_work()
    )
    found: set[int] = set()
    for picture_id, fingerprint in connection.execute(query):
        known = SourceFingerprint.from_json(fingerprint or {}).etag
        if etag == (last.etag if known is None else known.removeprefix("W/").strip('"')):
            found.add(picture_id)
    return found


def lock_upload(connection: Connection, event: UploadEvent, now: datetime) -> LastSeen:
    """Return what was last seen of an object, and keep others from it until the commit."""
    connection.execute(
        upsert(connection, Upload)
        .values(bucket=event.bucket, key=event.key, seen_at=now)
        .on_conflict_do_nothing()
    )
    row = connection.execute(
        select(Upload.sequencer, Upload.version, Upload.etag)
        .where(Upload.bucket == event.bucket, Upload.key == event.key)
        .with_for_update()
    ).one()
    return LastSeen(*row)


def note_upload(connection: Connection, event: UploadEvent, last: LastSeen, now: datetime) -> None:
    """Note that this event of an object is the last one that counted."""
    is_there = event.change is ObjectChange.CREATED
    connection.execute(
        update(Upload)
        .where(Upload.bucket == event.bucket, Upload.key == event.key)
        .values(
            sequencer=event.sequencer or last.sequencer,
            version=event.version if is_there else None,
            etag=event.etag if is_there else None,
            seen_at=now,
        )
    )


def known_pictures(connection: Connection, url: str) -> list[KnownPicture]:
    """Return the pictures that have this URL, of every product and catalogue."""
    query = (
        select(ProductImage.id, ProductImage.product_id, Product.catalogue_id)
        .join(Product, Product.id == ProductImage.product_id)
        .where(IN_S3, ProductImage.url == url)
        .order_by(ProductImage.id)
    )
    return [KnownPicture(*row) for row in connection.execute(query)]


def lock_catalogues(connection: Connection, ids: Collection[int]) -> None:
    """Lock catalogues until the commit, as an enqueue does."""
    query = select(Catalogue.id).where(Catalogue.id.in_(ids)).order_by(Catalogue.id)
    connection.execute(query.with_for_update(key_share=True)).all()


def batch_of_today(connection: Connection, catalogue_id: int, source: str, now: datetime) -> int:
    """Return the batch of a bucket's uploads of this day (UTC) into a catalogue, made if needed.

    A batch for each upload would bury all other batches. The catalogue must be locked.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    found = connection.scalar(
        select(Batch.id)
        .where(
            Batch.catalogue_id == catalogue_id,
            Batch.trigger == Trigger.UPLOAD,
            Batch.source == source,
            Batch.created_at >= midnight,
        )
        .order_by(Batch.id.desc())
        .limit(1)
    )
    if found is not None:
        return found
    values = {
        "catalogue_id": catalogue_id,
        "trigger": Trigger.UPLOAD,
        "source": source,
        "created_at": now,
    }
    return connection.scalars(insert(Batch).values(values).returning(Batch.id)).one()
