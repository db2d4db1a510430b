"""The web hook of SeaweedFS's filer: files, where S3 speaks of objects.

It names a path below ``/buckets/``, and the entry before and after. There is no sequencer, but an
entry knows when it was last written, and that which goes is the entry that was there: so the time
of writing orders both.
"""

import base64
import binascii
from typing import Any, Final

from producer.uploads.event import (
    Fields,
    Ignored,
    Malformed,
    ObjectChange,
    Record,
    UploadEvent,
    at_nanosecond,
    check_object,
    mapping,
    text,
)

BUCKETS: Final = "/buckets/"
"""The folder in which the filer keeps the buckets."""

LONGEST_PATH: Final = 4096
_INTERNAL = (".uploads/", ".versions/", ".system/")


def read_filer_event(event: Fields) -> list[Record]:
    """Return what one event of the filer says: two records where a file was renamed."""
    try:
        message = mapping(event["message"], "message")
        old, new = message.get("old_entry"), message.get("new_entry")
        before = text(event, "key", LONGEST_PATH)
        after = _path_after(before, text(message, "new_parent_path", LONGEST_PATH), new)
        records: list[Record] = []
        if old is not None and (new is None or before != after):
            records.append(_record(ObjectChange.REMOVED, before, mapping(old, "old_entry")))
        if new is not None:
            records.append(_record(ObjectChange.CREATED, after, mapping(new, "new_entry")))
    except ValueError as error:
        return [Malformed("the event", str(error))]
    return records or [Ignored("an event without an entry")]


def _path_after(before: str | None, parent: str | None, new: object) -> str | None:
    if new is None or parent is None:
        return before
    name = text(mapping(new, "new_entry"), "name", LONGEST_PATH)
    return f"{parent.rstrip('/')}/{name}" if name else before


def _record(change: ObjectChange, path: str | None, entry: Fields) -> Record:
    if path is None or not path.startswith(BUCKETS):
        return Ignored(f"{path!r:.200} is not below {BUCKETS}")
    if entry.get("is_directory"):
        return Ignored(f"{path!r:.200} is a folder")
    bucket, _, key = path.removeprefix(BUCKETS).partition("/")
    if not key or key.startswith(_INTERNAL):
        return Ignored(f"{path!r:.200} is no object")
    bucket, key = check_object(bucket, key)
    attributes = mapping(entry.get("attributes") or {}, "attributes")
    seconds, nanoseconds = _whole(attributes.get("mtime")), _whole(attributes.get("mtime_ns"))
    written = at_nanosecond(seconds * 1_000_000_000 + nanoseconds, change) if seconds else None
    return UploadEvent(change, bucket, key, written, None, _md5(attributes.get("md5")))


def _whole(value: Any) -> int:
    # Some ways of writing its messages as JSON make texts of long numbers.
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() and len(value) < 20 else 0


def _md5(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True).hex() or None
    except (binascii.Error, ValueError):
        return None
