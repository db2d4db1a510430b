"""An upload event: an object of a bucket was put, or went; and how its fields are read.

Events of one object come twice, late and in any order: their *sequencer* tells the true one. Where
a server gives none, the time must do; and where a time can deceive, the store is asked.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, cast

LONGEST_KEY: Final = 1024
"""The most bytes of a key, in UTF-8; S3 allows no more."""

LONGEST_BUCKET: Final = 255
LONGEST_MARK: Final = 1024
"""The most characters of a version or an eTag."""

_SEQUENCER = re.compile(r"[0-9A-Fa-f]{1,64}")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class ObjectChange(StrEnum):
    """What became of an object."""

    CREATED = "created"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class UploadEvent:
    """One object was put, or went.

    ``sequencer`` is text: of two events of one object the later one's is greater, compared by code
    points; None where nothing tells the order. ``version`` is the version that was put, or the only
    one that went; None where the object has no versions, or went as a whole. ``etag`` has lost its
    quotes. ``ask`` says that the sequencer is no more than a time: the store is asked how the
    object is now, where it can be asked.
    """

    change: ObjectChange
    bucket: str
    key: str
    sequencer: str | None = None
    version: str | None = None
    etag: str | None = None
    ask: bool = False

    @property
    def url(self) -> str:
        """The object's address, as feeds write it."""
        return f"s3://{self.bucket}/{self.key}"


@dataclass(frozen=True, slots=True)
class Ignored:
    """Something that asks for nothing, and why."""

    reason: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Malformed:
    """A record that cannot be used, and why; ``where`` names it."""

    where: str
    reason: str


Record = UploadEvent | Ignored | Malformed
Fields = Mapping[str, Any]


def comparable(sequencer: object) -> str | None:
    """Return a sequencer as text that can be compared as it is; None where it is none.

    Padding two texts with zeros to one length, and taking their last zeros away, order them alike.

    >>> comparable("0055aed6dcd90281e5") > comparable("0055AED6DCD90281E")
    True
    """
    if not isinstance(sequencer, str) or not _SEQUENCER.fullmatch(sequencer):
        return None
    return sequencer.upper().rstrip("0")


def at_nanosecond(since_epoch: int, change: ObjectChange) -> str | None:
    """Return a time (nanoseconds since 1970) as a sequencer: an object is put before it goes."""
    if not 0 <= since_epoch < 1 << 64:
        return None
    return comparable(f"{since_epoch:016X}{'1' if change is ObjectChange.REMOVED else ''}")


def at_instant(time: object, change: ObjectChange) -> str | None:
    """Return a time in ISO 8601 as a sequencer, in UTC unless it says more; None where it is none.

    >>> at_instant("1970-01-01T00:00:00.000001Z", ObjectChange.REMOVED)
    '00000000000003E81'
    """
    if not isinstance(time, str):
        return None
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return None
    at = at.replace(tzinfo=at.tzinfo or UTC)
    return at_nanosecond((at - _EPOCH) // _MICROSECOND * 1000, change)


def etag_of(fields: Fields, name: str) -> str | None:
    """Return an eTag without its quotes. Raises ValueError as :func:`text` does."""
    etag = text(fields, name, LONGEST_MARK)
    return etag.strip('"') or None if etag else None


def number_of(value: object) -> int | None:
    """Return a whole number of JSON, or of a text, as some write it; None where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        return int(value)
    return None


def text(fields: Fields, name: str, longest: int) -> str | None:
    """Return a text that a database can keep, None where it is missing or empty.

    Raises ValueError where it is something else.
    """
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ValueError(f"{name} is no text: {value!r:.60}")
    if len(value) > longest:
        raise ValueError(f"{name} is longer than {longest:,} characters")
    return _storable(name, value)


def check_object(bucket: str | None, key: str | None) -> tuple[str, str]:
    """Return the bucket and the key. Raises ValueError where one is missing or cannot be."""
    if not bucket or not key:
        raise ValueError(f"it names no {'key' if bucket else 'bucket'}")
    if "/" in bucket:
        raise ValueError(f"{bucket!r:.60} is no bucket")
    if len(_storable("the key", key).encode()) > LONGEST_KEY:
        raise ValueError(f"the key is longer than {LONGEST_KEY:,} bytes")
    return bucket, key


def mapping(value: object, what: str) -> Fields:
    """Return an object of JSON. Raises ValueError where it is something else."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} is missing" if value is None else f"{what} is no object")
    return cast("Fields", value)


def _storable(what: str, value: str) -> str:
    if "\0" in value:
        raise ValueError(f"{what} holds a NUL character")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{what} holds half of a character") from None
    return value
