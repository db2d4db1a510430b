"""Upload messages: what S3 and the servers that resemble it send when an object is put or goes.

Standard library only, and pure. Read are the notifications of Amazon S3 (straight, wrapped by SNS,
or from EventBridge), of MinIO and its kin, of Ceph, and the web hook of SeaweedFS's filer.

Three traps lie here. Keys are URL-encoded, but not by EventBridge, Ceph and SeaweedFS. Sequencers
are hexadecimal texts, to be compared right-padded with zeros; but Ceph writes a time's bytes in the
order of its processor, so that its text means nothing until they are turned. And where a server
gives none, the event's time must do.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, cast
from urllib.parse import unquote_to_bytes

from producer.uploads.event import (
    LONGEST_BUCKET,
    LONGEST_KEY,
    LONGEST_MARK,
    Fields,
    Ignored,
    Malformed,
    ObjectChange,
    Record,
    UploadEvent,
    at_nanosecond,
    check_object,
    comparable,
    mapping,
    text,
)
from producer.uploads.seaweedfs import read_filer_event
from shared.errors import UploadEventError

DEEPEST: Final = 3
"""How many envelopes may lie in each other: EventBridge through SNS has one."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def read_events(body: bytes | str) -> list[Record]:
    """Return what a message holds, record by record; one that makes no sense costs only itself.

    Raises:
        UploadEventError: the message as a whole is none of those that are known.
    """
    return _read(_json(body), 1)


def _read(message: object, depth: int) -> list[Record]:
    if not isinstance(message, Mapping):
        raise UploadEventError(f"it holds {type(message).__name__} where an object should be")
    fields = cast("Fields", message)
    if fields.get("Type") in _SNS_TYPES:
        return _unwrap(fields, depth)
    if fields.get("Event") == "s3:TestEvent":
        return [Ignored("a test event")]
    if isinstance(records := fields.get("Records"), list):
        return [
            _one(number, record) for number, record in enumerate(cast("list[object]", records), 1)
        ]
    if "detail-type" in fields:
        return [_attempt("the event", lambda: _event_bridge(fields))]
    if "event_type" in fields and "message" in fields:
        return read_filer_event(fields)
    raise UploadEventError("it is no notification of S3 or a server that resembles it")


_SNS_TYPES: Final = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")


def _unwrap(envelope: Fields, depth: int) -> list[Record]:
    kind = envelope["Type"]
    if kind == "SubscriptionConfirmation":
        # The address comes with the message: whoever can write to us could have us fetch anything.
        reason = f"SNS asks to confirm a subscription; if it is yours, open {_shown(envelope)}"
        return [Ignored(reason, warning=True)]
    if kind == "UnsubscribeConfirmation":
        return [Ignored("SNS has ended a subscription", warning=True)]
    if depth > DEEPEST:
        raise UploadEventError(f"more than {DEEPEST} envelopes lie in each other")
    inner = envelope.get("Message")
    if not isinstance(inner, str):
        raise UploadEventError("the envelope of SNS holds no message")
    return _read(_json(inner), depth + 1)


def _shown(envelope: Fields) -> str:
    return f"{envelope.get('SubscribeURL')!r:.500} (topic {envelope.get('TopicArn')!r:.200})"


def _one(number: int, record: object) -> Record:
    return _attempt(f"record {number}", lambda: _notification(mapping(record, "the record")))


def _attempt(where: str, read: Callable[[], Record]) -> Record:
    try:
        return read()
    except ValueError as error:
        return Malformed(where, str(error))


def _notification(record: Fields) -> Record:
    """Read one record of a notification as S3, MinIO and Ceph send it."""
    name = text(record, "eventName", 100)
    if name is None:
        raise ValueError("it has no eventName")
    name = name.removeprefix("s3:")
    change = _change(name)
    if change is None:
        return Ignored(f"{name} changes no picture")
    s3 = mapping(record.get("s3"), "s3")
    item = mapping(s3.get("object"), "s3.object")
    bucket = text(mapping(s3.get("bucket"), "s3.bucket"), "name", LONGEST_BUCKET)
    is_ceph = str(record.get("eventSource", "")).startswith("ceph")
    key = text(item, "key", 3 * LONGEST_KEY)  # every byte may have become three
    if key is not None and not is_ceph:
        key = _decode(key)
    bucket, key = check_object(bucket, key)
    if key.endswith("/"):
        return Ignored(f"s3://{bucket}/{key} is a folder")
    given = item.get("sequencer")
    sequencer = comparable(_turned(given) if is_ceph else given)
    marker = name.endswith(":DeleteMarkerCreated")
    return UploadEvent(
        change,
        bucket,
        key,
        sequencer or _at(record.get("eventTime"), change),
        None if marker else text(item, "versionId", LONGEST_MARK),
        _etag(item, "eTag"),
    )


def _event_bridge(event: Fields) -> Record:
    kind = event["detail-type"]
    changes = {"Object Created": ObjectChange.CREATED, "Object Deleted": ObjectChange.REMOVED}
    change = changes.get(kind) if isinstance(kind, str) else None
    if change is None or event.get("source") != "aws.s3":
        return Ignored(f"{kind!r:.80} from {event.get('source')!r:.80} changes no picture")
    detail = mapping(event.get("detail"), "detail")
    item = mapping(detail.get("object"), "detail.object")
    bucket, key = check_object(
        text(mapping(detail.get("bucket"), "detail.bucket"), "name", LONGEST_BUCKET),
        text(item, "key", LONGEST_KEY),
    )
    if key.endswith("/"):
        return Ignored(f"s3://{bucket}/{key} is a folder")
    marker = detail.get("deletion-type") == "Delete Marker Created"
    return UploadEvent(
        change,
        bucket,
        key,
        comparable(item.get("sequencer")) or _at(event.get("time"), change),
        None if marker else text(item, "version-id", LONGEST_MARK),
        _etag(item, "etag"),
    )


def _change(name: str) -> ObjectChange | None:
    if name.startswith(("ObjectCreated:", "ObjectSynced:Create")):
        return ObjectChange.CREATED
    # Ceph's other expirations are of versions that nobody sees any more.
    gone = ("ObjectRemoved:", "LifecycleExpiration:", "ObjectLifecycle:Expiration:Current")
    return ObjectChange.REMOVED if name.startswith(gone) else None


def _decode(key: str) -> str:
    try:
        return unquote_to_bytes(key.replace("+", " ")).decode()
    except UnicodeDecodeError:
        raise ValueError(f"the key {key!r:.80} is no UTF-8 once it is decoded") from None


def _turned(sequencer: object) -> object:
    """Return Ceph's sequencer, seconds and nanoseconds of four bytes each, biggest byte first."""
    if not isinstance(sequencer, str) or not re.fullmatch(r"[0-9A-Fa-f]{16}", sequencer):
        return None
    raw = bytes.fromhex(sequencer)
    return (raw[3::-1] + raw[:3:-1]).hex()


def _at(time: object, change: ObjectChange) -> str | None:
    if not isinstance(time, str):
        return None
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return None
    at = at.replace(tzinfo=at.tzinfo or UTC)
    return at_nanosecond((at - _EPOCH) // _MICROSECOND * 1000, change)


def _etag(item: Fields, name: str) -> str | None:
    etag = text(item, name, LONGEST_MARK)
    return etag.strip('"') or None if etag else None


def _json(body: bytes | str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UploadEventError(f"it is no JSON: {error!s:.200}") from None
