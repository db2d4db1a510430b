"""The web hook of SeaweedFS's filer: files, where S3 speaks of objects.

It names a path below ``/buckets/``, and the entry before and after. In a plain bucket the path is
the key. In one with versions each version is a file of its own, ``KEY.versions/v_ID``, and only the
folder ``KEY.versions`` says which of them is the object: its ``extended`` attributes name the
latest one. Versions that are put while versions are suspended lie under the key again.

Nothing here gives a sure order. An entry knows when it was written, but an upload by S3 only to a
second, so that the times of its chunks must do; a rename keeps the time; taking a version away goes
back in time; an id of a version is smaller the later it is. So every event asks for the store to be
asked, and its sequencer is what remains where that cannot be.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Final, Self, cast

from producer.uploads.event import (
    LONGEST_MARK,
    Fields,
    Ignored,
    Malformed,
    ObjectChange,
    Record,
    UploadEvent,
    check_object,
    comparable,
    mapping,
    number_of,
    text,
)

BUCKETS: Final = "/buckets/"
"""The folder in which the filer keeps the buckets."""

LONGEST_PATH: Final = 4096
VERSIONS: Final = ".versions"
"""What the name of a folder with the versions of an object ends with."""

_INTERNAL = (".uploads/", ".versions/", ".system/")
_ATTRIBUTES = "Seaweed-X-Amz-"
_SECOND = 1_000_000_000
_HOUR = 3600 * _SECOND

# Where equal times meet: an object is put before it goes, and goes back to a version after that.
_PUT, _WENT, _WENT_BACK = 0, 1, 2


def read_filer_event(event: Fields) -> list[Record]:
    """Return what one event of the filer says: two records where something was renamed."""
    try:
        message = mapping(event["message"], "message")
        old, new = _entry(message, "old_entry"), _entry(message, "new_entry")
        before = text(event, "key", LONGEST_PATH)
        after = _path_after(before, text(message, "new_parent_path", LONGEST_PATH), new)
        if _keeps_versions(old) or _keeps_versions(new):
            return _folder(before, old, after, new)
        return _file(before, old, after, new) or [Ignored("an event without an entry")]
    except ValueError as error:
        return [Malformed("the event", str(error))]


def _entry(message: Fields, name: str) -> Fields | None:
    entry = message.get(name)
    return None if entry is None else mapping(entry, name)


def _path_after(before: str | None, parent: str | None, new: Fields | None) -> str | None:
    if new is None or parent is None:
        return before
    name = text(new, "name", LONGEST_PATH)
    return f"{parent.rstrip('/')}/{name}" if name else before


def _file(
    before: str | None, old: Fields | None, after: str | None, new: Fields | None
) -> list[Record]:
    records: list[Record] = []
    is_moved = old is not None and new is not None and before != after
    if old is not None and (new is None or is_moved):
        records.append(_went(before, old))
    if new is not None:
        records.append(_came(after, new, is_moved))
    return records


def _went(path: str | None, entry: Fields) -> Record:
    place = _place(path, entry)
    if isinstance(place, Ignored):
        return place
    sequencer = _sequencer(_written_ns(entry), _WENT)
    return UploadEvent(
        ObjectChange.REMOVED, place.bucket, place.key, sequencer, place.version, ask=True
    )


def _came(path: str | None, entry: Fields, is_moved: bool) -> Record:
    place = _place(path, entry)
    if isinstance(place, Ignored):
        return place
    if place.version is not None:
        return Ignored(f"{path!r:.200} is one version; its folder says which one counts")
    etag = _attribute(entry, "ETag") or _md5(mapping(entry.get("attributes") or {}, "attributes"))
    # What was moved here may be older than what was here before.
    sequencer = None if is_moved else _sequencer(_written_ns(entry), _PUT)
    return UploadEvent(
        ObjectChange.CREATED, place.bucket, place.key, sequencer, None, etag, ask=True
    )


def _folder(
    before: str | None, old: Fields | None, after: str | None, new: Fields | None
) -> list[Record]:
    """Read an event of a folder of versions: what the object was, and is."""
    was, now = _Latest.read(old), _Latest.read(new)
    if old is not None and new is not None and before != after:
        left = _told(before, was, None)
        came = _told(after, None, now)
        # As with files: what was moved here may be older.
        return [left, came if isinstance(came, Ignored) else _without_time(came)]
    if was == now:
        return [Ignored(f"{after!r:.200} has the same latest version as before")]
    return [_told(after, was, now)]


def _told(path: str | None, was: "_Latest | None", now: "_Latest | None") -> UploadEvent | Ignored:
    place = _place((path or "").removesuffix(VERSIONS), {})
    if isinstance(place, Ignored):
        return place
    # What was is told where nothing is now: then it is that which went.
    told, turn = now or was, _PUT
    if told is None:
        return Ignored(f"{path!r:.200} has no version yet")
    change = ObjectChange.REMOVED if now is None or now.is_marker else ObjectChange.CREATED
    if now is None or (was is not None and was.written_ns > now.written_ns):
        turn = _WENT_BACK
    elif change is ObjectChange.REMOVED:
        turn = _WENT
    time = max(told.written_ns, was.written_ns if was else 0)
    is_there = change is ObjectChange.CREATED
    return UploadEvent(
        change,
        place.bucket,
        place.key,
        _sequencer(time, turn),
        told.version if is_there else None,
        told.etag if is_there else None,
        ask=True,
    )


def _without_time(event: UploadEvent) -> UploadEvent:
    return UploadEvent(
        event.change, event.bucket, event.key, None, event.version, event.etag, ask=True
    )


@dataclass(frozen=True, slots=True)
class _Latest:
    """The version that a folder names as the object; ``version`` None for the one beside it."""

    version: str | None
    etag: str | None
    written_ns: int
    is_marker: bool

    @classmethod
    def read(cls, folder: Fields | None) -> Self | None:
        """Return what a folder says; None where there is none, or where it says nothing."""
        if folder is None:
            return None
        if _attribute(folder, "Null-Version-Is-Latest") == "true":
            return cls(None, None, 0, False)
        version = _attribute(folder, "Latest-Version-Id")
        if version is None:
            return None
        seconds = number_of(_attribute(folder, "Latest-Version-Mtime")) or 0
        return cls(
            version,
            _attribute(folder, "Latest-Version-ETag"),
            _made_ns(version, seconds * _SECOND),
            _attribute(folder, "Latest-Version-Is-Delete-Marker") == "true",
        )


def _keeps_versions(entry: Fields | None) -> bool:
    if entry is None or not entry.get("is_directory"):
        return False
    name = entry.get("name")
    return isinstance(name, str) and name.endswith(VERSIONS)


@dataclass(frozen=True, slots=True)
class _Place:
    bucket: str
    key: str
    version: str | None


def _place(path: str | None, entry: Fields) -> _Place | Ignored:
    """Return which object a path is, or is a version of."""
    if path is None or not path.startswith(BUCKETS):
        return Ignored(f"{path!r:.200} is not below {BUCKETS}")
    if entry.get("is_directory"):
        return Ignored(f"{path!r:.200} is a folder")
    bucket, _, key = path.removeprefix(BUCKETS).partition("/")
    if not key or key.startswith(_INTERNAL) or bucket.startswith("."):
        return Ignored(f"{path!r:.200} is no object")
    folder, _, name = key.rpartition("/")
    version = _attribute(entry, "Version-Id")
    if version is None or name != f"v_{version}" or not folder.endswith(VERSIONS):
        version = None  # a key may look like a version's path, but has no such attribute
    else:
        key = folder.removesuffix(VERSIONS)
    return _Place(*check_object(bucket, key), version)


def _sequencer(since_epoch_ns: int, turn: int) -> str | None:
    if not 0 < since_epoch_ns < 1 << 64:
        return None
    return comparable(f"{since_epoch_ns:016X}{turn}")


def _written_ns(entry: Fields) -> int:
    """Return when a file was written, in nanoseconds since 1970; 0 where it does not say.

    That is the latest of the times that it has: where that of the file is whole seconds, those of
    its chunks are finer; where a file is given new attributes, its chunks are older than it.
    """
    attributes = mapping(entry.get("attributes") or {}, "attributes")
    seconds = number_of(attributes.get("mtime")) or 0
    times = [seconds * _SECOND + (number_of(attributes.get("mtime_ns")) or 0)]
    chunks = entry.get("chunks")
    for chunk in cast("list[object]", chunks) if isinstance(chunks, list) else ():
        times.append(number_of(mapping(chunk, "a chunk").get("modified_ts_ns")) or 0)
    return max(times)


def _made_ns(version: str, about_ns: int) -> int:
    """Return when a version was made: to a nanosecond from its id, where that agrees with its time.

    An id begins with the nanoseconds, in 16 digits, counted down from 2⁶³ − 1; older ids count up.
    """
    try:
        count = int(version[:16], 16) if len(version) == 32 else 0
    except ValueError:
        return about_ns
    return next(
        (made for made in ((1 << 63) - 1 - count, count) if abs(made - about_ns) < _HOUR), about_ns
    )


def _attribute(entry: Fields, name: str) -> str | None:
    """Return one of the attributes that S3 gives an entry; the filer writes them as base64."""
    extended = mapping(entry.get("extended") or {}, "extended")
    value = text(extended, f"{_ATTRIBUTES}{name}", 2 * LONGEST_MARK)
    if value is None:
        return None
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValueError(f"{_ATTRIBUTES}{name} is no base64: {value!r:.60}") from None
    return text({name: decoded}, name, LONGEST_MARK)


def _md5(attributes: Fields) -> str | None:
    value = attributes.get("md5")
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True).hex() or None
    except (binascii.Error, ValueError):
        return None
