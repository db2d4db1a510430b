"""Uploads: what an event of a bucket changes in the ledger, one transaction for each.

A picture that was put is done again, or for the first time; one whose object was deleted is
removed, like one that a feed no longer names. Doubled and late events change nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Final

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from producer.enqueue.feed_diff import NewPicture
from producer.enqueue.store import CatalogueTransaction, begin_transaction
from producer.feeds.pictures import check_address
from producer.feeds.product import FeedPicture, FeedProduct
from producer.uploads.event import Ignored, Malformed, ObjectChange, Record, UploadEvent
from producer.uploads.key_templates import UploadKeys, UploadPlace
from producer.uploads.lookup import ObjectLookup
from producer.uploads.store import (
    KnownPicture,
    LastSeen,
    batch_of_today,
    known_pictures,
    lock_catalogues,
    lock_upload,
    made_from,
    note_upload,
)
from shared.contracts.jobs import Trigger
from shared.database.models import utc_now
from shared.errors import StorageError
from shared.tracing.spans import span

DATABASE_AWAY: Final = (OperationalError, InterfaceError, PoolTimeout)
AWAY: Final = (*DATABASE_AWAY, StorageError)
"""What applying an event raises when nothing is wrong with the event: it may be applied again."""

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
        self,
        engine: Engine,
        keys: UploadKeys,
        clock: Callable[[], datetime] = utc_now,
        lookup: ObjectLookup | None = None,
    ) -> None:
        self._engine = engine
        self._lookup = lookup or ObjectLookup()
        self._keys = keys
        self._clock = clock

    def apply(self, record: Record) -> Applied:
        """Bring one record into the ledger, all or nothing, and log what became of it.

        Raises SQLAlchemy's errors where the database fails, and StorageError where the store has to
        be asked and does not answer; the record may then be applied again.
        """
        with span("upload event"):
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
        if record.bucket not in self._keys.buckets:
            reason = "its bucket is none of COLOURWAY_ALLOWED_BUCKETS"
            return Applied(Effect.UNMATCHED, record.url, reason)
        with self._engine.begin() as connection:
            # Asked first, so that nothing is kept of the objects that are no pictures of ours.
            if place is None and not known_pictures(connection, record.url):
                return Applied(Effect.UNMATCHED, record.url)
            return _Application(connection, record, self._clock(), self._lookup).run(place)


@dataclass(frozen=True, slots=True)
class _Application:
    connection: Connection
    event: UploadEvent
    now: datetime
    lookup: ObjectLookup

    def run(self, place: UploadPlace | None) -> Applied:
        last = lock_upload(self.connection, self.event, self.now)
        # Asked with the lock held: of two listeners, the later one has the later answer.
        if self.event.ask and (found := self.lookup.as_it_is(self.event)):
            return self._follow(found, place, last)
        if not last.is_older_than(self.event):
            return self._applied(Effect.OLD)
        if self.event.change is ObjectChange.CREATED:
            applied = self._create(place, last)
        elif self.event.version not in (None, last.version or "null"):
            # Not noted: an upload that is still to come may be older than this.
            return self._applied(Effect.OLD, "another version than the last one went")
        else:
            applied = self._remove()
        note_upload(self.connection, self.event, last, self.now)
        return applied

    def _follow(self, found: UploadEvent, place: UploadPlace | None, last: LastSeen) -> Applied:
        """Bring the ledger to what the store has now, whatever the order of events."""
        is_newer = last.is_older_than(self.event)
        if not is_newer and (found.version, found.etag) == (last.version, last.etag):
            return self._applied(Effect.OLD)
        if found.change is ObjectChange.REMOVED:
            applied = self._remove()
        elif known := self._known():
            applied = self._catch_up(known, found.etag, last)
        else:
            applied = self._create(place, last)
        sequencers = [text for text in (found.sequencer, last.sequencer) if text is not None]
        noted = replace(found, sequencer=max(sequencers, default=None))
        note_upload(self.connection, noted, last, self.now)
        return applied

    def _catch_up(self, known: list[KnownPicture], etag: str | None, last: LastSeen) -> Applied:
        """Have known pictures done again, but those that were made from what the store has."""
        # One that is at work may have fetched something else.
        same = made_from(self.connection, known, etag, last) if etag else set[int]()
        others = [picture for picture in known if picture.id not in same]
        applied = [
            self._renew(pictures, same_content)
            for pictures, same_content in (
                (others, False),
                ([picture for picture in known if picture.id in same], True),
            )
            if pictures
        ]
        return max(applied, key=lambda one: one.jobs)

    def _create(self, place: UploadPlace | None, last: LastSeen) -> Applied:
        if known := self._known():
            same_content = self.event.etag is not None and self.event.etag == last.etag
            return self._renew(known, same_content)
        if place is None:
            return self._applied(Effect.UNMATCHED)
        return self._put(place)

    def _renew(self, known: list[KnownPicture], same_content: bool) -> Applied:
        """Have known pictures done again; of the same content only those that failed."""
        jobs = 0
        for catalogue, pictures in self._by_catalogue(known):
            catalogue.products.lock({picture.product_id for picture in pictures})
            ids = [picture.id for picture in pictures]
            renewed = catalogue.pictures.renew(ids, same_content, self.now)
            jobs += self._add_jobs(catalogue, renewed)
        if jobs:
            return self._applied(Effect.ENQUEUED, jobs=jobs)
        # A job that waits for its first attempt will fetch what is there now.
        return self._applied(Effect.UNCHANGED if same_content else Effect.WAITING)

    def _put(self, place: UploadPlace) -> Applied:
        """Give a product a new picture, or replace the one at this position."""
        catalogue = begin_transaction(self.connection, place.catalogue)
        product = catalogue.products.find(place.sku)
        if product is None:
            ids = catalogue.products.add([FeedProduct(0, place.sku)], self.now)
            before = None
        else:
            product_id, stored = product
            catalogue.products.lock([product_id])
            ids = {place.sku: product_id}
            before = stored.get(place.position)
        if before is None:
            new = NewPicture(place.sku, place.position, self.event.url, None)
            pictures = catalogue.pictures.add([new], ids, self.now)
        else:
            picture = FeedPicture(self.event.url, before.role)
            pictures = catalogue.pictures.replace({before.id: picture}, self.now)
        return self._applied(Effect.ENQUEUED, jobs=self._add_jobs(catalogue, pictures))

    def _remove(self) -> Applied:
        known = self._known()
        for catalogue, pictures in self._by_catalogue(known):
            catalogue.pictures.remove({picture.id: picture.product_id for picture in pictures})
        return self._applied(Effect.RETIRED if known else Effect.UNMATCHED)

    def _known(self) -> list[KnownPicture]:
        """Return the pictures with the object's URL, their catalogues locked."""
        known = known_pictures(self.connection, self.event.url)
        if known:
            lock_catalogues(self.connection, {picture.catalogue_id for picture in known})
            ours = {picture.catalogue_id for picture in known}
            # An enqueue that had the lock before may have changed them.
            known = known_pictures(self.connection, self.event.url)
            known = [picture for picture in known if picture.catalogue_id in ours]
        return known

    def _by_catalogue(
        self, known: list[KnownPicture]
    ) -> Iterable[tuple[CatalogueTransaction, list[KnownPicture]]]:
        def key(picture: KnownPicture) -> int:
            return picture.catalogue_id

        for catalogue_id, pictures in groupby(sorted(known, key=key), key):
            yield CatalogueTransaction(self.connection, catalogue_id), list(pictures)

    def _add_jobs(self, catalogue: CatalogueTransaction, pictures: Mapping[int, int]) -> int:
        if not pictures or catalogue.catalogue_id is None:
            return 0
        source = f"s3://{self.event.bucket}"
        batch_id = batch_of_today(self.connection, catalogue.catalogue_id, source, self.now)
        return len(catalogue.jobs.add(pictures, batch_id, Trigger.UPLOAD.queue, self.now))

    def _applied(self, effect: Effect, reason: str | None = None, jobs: int = 0) -> Applied:
        return Applied(effect, self.event.url, reason, jobs)
