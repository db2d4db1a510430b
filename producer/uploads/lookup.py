"""Asking the object store: how an object is now, where its events cannot tell the order."""

from dataclasses import replace
from typing import Final

import structlog

from producer.uploads.event import ObjectChange, UploadEvent
from shared.errors import KeyNotFound, SettingsError, StorageError
from shared.storage.s3 import head_object, is_amazon, may_answer_later

TIMEOUT_S: Final = 3.0
"""How long the store may be silent. Meanwhile the object is locked in the database."""

log = structlog.get_logger(__name__)


class ObjectLookup:
    """Asks the store that the environment names (``AWS_…``). Threads may share one.

    Amazon is never asked: its events have sequencers, and those of others are not of its buckets.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def as_it_is(self, event: UploadEvent) -> UploadEvent | None:
        """Return the event as the store has its object now; None where it cannot be asked.

        Raises StorageError where the store does not answer; it may be asked again.
        """
        try:
            if is_amazon(TIMEOUT_S):
                self._tell("set AWS_ENDPOINT_URL_S3 to the store that sends the events", "")
                return None
            head = head_object(event.url, TIMEOUT_S)
        except KeyNotFound:
            return replace(event, change=ObjectChange.REMOVED, version=None, etag=None)
        except SettingsError as error:
            self._tell(str(error), "")
            return None
        except StorageError as error:
            if may_answer_later(error):
                raise
            self._tell(str(error), event.bucket)
            return None
        return replace(event, change=ObjectChange.CREATED, version=head.version, etag=head.etag)

    def _tell(self, reason: str, bucket: str) -> None:
        """Say once for a bucket, or for all, that only times will order its events."""
        if bucket in self._told:
            return
        self._told.add(bucket)
        log.warning(
            "the store cannot be asked how objects are: their events are ordered by time alone, "
            "and some may be taken wrongly",
            bucket=bucket or "all",
            reason=reason,
        )
