"""Uploads: what an event of a bucket changes in the ledger, one transaction for each.

A picture that was put is done again, or for the first time; one whose object went goes too, as one
that a feed no longer names. Doubled and late events change nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Final

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from producer.enqueue import store as rows
from producer.enqueue.feed_diff import NewPicture
from producer.feeds.pictures import check_address
from producer.feeds.products import FeedPicture, FeedProduct
from producer.uploads.event import Change, Ignored, Malformed, Record, UploadEvent
from producer.uploads.key_templates import Place, UploadKeys
from producer.uploads.store import (
    KnownPicture,
    LastSeen,
    batch_of_today,
    known_pictures,
    lock_catalogues,
    lock_upload,
    note_upload,
)
from shared.contracts.jobs import Trigger
from shared.database.models import utc_now

DATABASE_AWAY: Final = (OperationalError, InterfaceError, PoolTimeout)
"""What applying an event raises when nothing is wrong with the event."""

log = structlog.get_logger(__name__)


class Effect(StrEnum):
    """What became of one record of a message."""

    ENQUEUED = "enqueued"
    WAITING = "waiting"
    UNCHANGED = "unchanged"
    RETIRED = "retired"
    OLD = "old"
    UNMATCHED = "unmatched"
    IGNORED = "ignored"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Applied:
    """A record's effect; ``what`` names the object or the record, ``reason`` says more if needed.

    ``jobs`` counts the new ones.
    """

    effect: Effect
    what: str
    reason: str | None = None
    jobs: int = 0

    def as_json(self) -> dict[str, object]:
        """Return plain JSON values."""
        said: dict[str, object] = {"effect": self.effect.value, "what": self.what}
        return said | ({} if self.reason is None else {"reason": self.reason})


class Uploads:
    """Applies upload events to one database. One instance may serve many threads."""

    def __init__(
        self, engine: Engine, keys: UploadKeys, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._clock = clock

    def apply(self, record: Record) -> Applied:
        """Bring one record into the ledger, all or nothing, and log what became of it.

        Raises SQLAlchemy's errors where the database fails; the record may then be applied again.
        """
        applied = self._apply(record)
        warns = applied.effect is Effect.MALFORMED or (
            isinstance(record, Ignored) and record.warning
        )
        (log.warning if warns else log.info)("upload event", **applied.as_json())
        return applied

    def _apply(self, record: Record) -> Applied:
        if isinstance(record, Ignored):
            return Applied(Effect.IGNORED, "a record", record.reason)
        if isinstance(record, Malformed):
            return Applied(Effect.MALFORMED, record.where, record.reason)
        try:
            check_address(record.url)
            place = self._keys.place(record.bucket, record.key)
        except ValueError as error:
            return Applied(Effect.MALFORMED, record.url, str(error))
        with self._engine.begin() as connection:
            # Asked first, so that nothing is kept of the objects that are no pictures of ours.
            if place is None and not known_pictures(connection, record.url):
                return Applied(Effect.UNMATCHED, record.url)
            return _Application(connection, record, self._clock()).run(place)


@dataclass(frozen=True, slots=True)
class _Application:
    connection: Connection
    event: UploadEvent
    now: datetime

    def run(self, place: Place | None) -> Applied:
        last = lock_upload(self.connection, self.event, self.now)
        if not last.is_older_than(self.event):
            return self._applied(Effect.OLD)
        if self.event.change is Change.CREATED:
            applied = self._create(place, last)
        elif self.event.version not in (None, last.version or "null"):
            # Not noted: an upload that is still to come may be older than this.
            return self._applied(Effect.OLD, "another version than the last one went")
        else:
            applied = self._remove()
        note_upload(self.connection, self.event, last, self.now)
        return applied

    def _create(self, place: Place | None, last: LastSeen) -> Applied:
        if known := self._known():
            same_content = self.event.etag is not None and self.event.etag == last.etag
            return self._renew(known, same_content)
        if place is None:
            return self._applied(Effect.UNMATCHED)
        return self._put(place)

    def _renew(self, known: list[KnownPicture], same_content: bool) -> Applied:
        """Have known pictures done again; of the same content only those that failed."""
        jobs = 0
        for chunk, pictures in self._chunks(known):
            chunk.lock_products({picture.product_id for picture in pictures})
            ids = [picture.id for picture in pictures]
            jobs += self._add_jobs(chunk, chunk.renew(ids, same_content, self.now))
        if jobs:
            return self._applied(Effect.ENQUEUED, jobs=jobs)
        # A job that nobody has begun will fetch what is there now.
        return self._applied(Effect.UNCHANGED if same_content else Effect.WAITING)

    def _put(self, place: Place) -> Applied:
        """Give a product a new picture, or another one in the place of one that it has."""
        chunk = rows.begin_transaction(self.connection, place.catalogue)
        product = chunk.stored([place.sku]).get(place.sku)
        if product is None:
            ids = chunk.add_products([FeedProduct(0, place.sku)], self.now)
            before = None
        else:
            chunk.lock_products([product.id])
            ids = {place.sku: product.id}
            before = product.pictures.get(place.position)
        if before is None:
            new = NewPicture(place.sku, place.position, self.event.url, None)
            waiting = chunk.add_pictures([new], ids, self.now)
        else:
            picture = FeedPicture(self.event.url, before.role)
            waiting = chunk.replace_pictures({before.id: picture}, self.now)
        return self._applied(Effect.ENQUEUED, jobs=self._add_jobs(chunk, waiting))

    def _remove(self) -> Applied:
        known = self._known()
        for chunk, pictures in self._chunks(known):
            chunk.remove_pictures({picture.id: picture.product_id for picture in pictures})
        return self._applied(Effect.RETIRED if known else Effect.UNMATCHED)

    def _known(self) -> list[KnownPicture]:
        """Return the pictures with the object's URL, in catalogues where it is our turn."""
        known = known_pictures(self.connection, self.event.url)
        if known:
            lock_catalogues(self.connection, {picture.catalogue_id for picture in known})
            ours = {picture.catalogue_id for picture in known}
            # A feed that had the turn before may have changed them.
            known = known_pictures(self.connection, self.event.url)
            known = [picture for picture in known if picture.catalogue_id in ours]
        return known

    def _chunks(
        self, known: list[KnownPicture]
    ) -> Iterable[tuple[rows.CatalogueTransaction, list[KnownPicture]]]:
        def by_catalogue(picture: KnownPicture) -> int:
            return picture.catalogue_id

        for catalogue_id, pictures in groupby(sorted(known, key=by_catalogue), by_catalogue):
            yield rows.CatalogueTransaction(self.connection, catalogue_id), list(pictures)

    def _add_jobs(self, chunk: rows.CatalogueTransaction, pictures: Mapping[int, int]) -> int:
        if not pictures or chunk.catalogue_id is None:
            return 0
        source = f"s3://{self.event.bucket}"
        batch_id = batch_of_today(self.connection, chunk.catalogue_id, source, self.now)
        return len(chunk.add_jobs(pictures, batch_id, Trigger.UPLOAD.queue, self.now))

    def _applied(self, effect: Effect, reason: str | None = None, jobs: int = 0) -> Applied:
        return Applied(effect, self.event.url, reason, jobs)
