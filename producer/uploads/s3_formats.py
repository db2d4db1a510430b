"""Upload messages: what S3 and the servers that resemble it send when an object is put or goes.

Standard library only, and pure. Read are the notifications of Amazon S3 (straight, wrapped by SNS,
or from EventBridge), of MinIO and its kin, and of Ceph; other senders have modules of their own.

Three traps lie here. Keys are URL-encoded, but not by EventBridge, Ceph and SeaweedFS. Sequencers
are hexadecimal texts, to be compared right-padded with zeros; but Ceph writes a time's bytes in the
order of its processor, so that its text means nothing until they are turned. And where a server
gives none, the event's time must do.
"""

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Final, cast
from urllib.parse import unquote_to_bytes

from producer.uploads.alibaba_oss import read_oss_event
from producer.uploads.backblaze_b2 import read_b2_event
from producer.uploads.cloudflare_r2 import is_r2_event, read_r2_event
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
    at_instant,
    check_object,
    comparable,
    etag_of,
    mapping,
    text,
)
from producer.uploads.google_storage import (
    is_cloud_event,
    is_pubsub_message,
    read_google_event,
)
from producer.uploads.refused import refuse, refuse_xml
from producer.uploads.seaweedfs import read_filer_event
from shared.errors import UploadEventError

DEEPEST: Final = 3
"""How many envelopes may lie in each other: EventBridge through SNS has one."""


def read_events(body: bytes | str, cloud_event: str | None = None) -> list[Record]:
    """Return what a message holds, record by record; one that makes no sense costs only itself.

    ``cloud_event`` is the type of a CloudEvent whose attributes are headers, so that the body is
    its data.

    Raises:
        UploadEventError: the message as a whole is none of those that are known, or it is known
            and cannot be used; the error says why, and what to do.
    """
    refuse_xml(body)
    message = _json(body)
    if cloud_event is not None:
        message = {"specversion": "1.0", "type": cloud_event, "data": message}
    return _read(message, 1)


def _read(message: object, depth: int) -> list[Record]:
    refuse(message)
    events = cast("list[object]", message) if isinstance(message, list) else []
    if events and all(is_cloud_event(event) for event in events):
        return [record for event in events for record in _read(event, depth)]
    if not isinstance(message, Mapping):
        kind = type(cast("object", message)).__name__
        raise UploadEventError(f"it holds {kind} where an object should be")
    fields = cast("Fields", message)
    if fields.get("Type") in _SNS_TYPES:
        return _unwrap(fields, depth)
    if "TopicOwner" in fields and "Message" in fields:
        return _open(fields["Message"], "MNS", depth)
    return _records(fields)


def _records(fields: Fields) -> list[Record]:
    """Read a message that lies in no envelope."""
    if fields.get("Event") == "s3:TestEvent":
        return [Ignored("a test event")]
    for name, read in (("Records", _notification), ("events", _vendor_event)):
        if isinstance(records := fields.get(name), list):
            items = cast("list[object]", records)
            return [_one(number, record, read) for number, record in enumerate(items, 1)]
    if "event_type" in fields and "message" in fields:
        return read_filer_event(fields)
    return [_attempt("the event", lambda: _single(fields))]


def _single(fields: Fields) -> Record:
    """Read a message that is one event."""
    if "detail-type" in fields:
        return _event_bridge(fields)
    if is_r2_event(fields):
        return read_r2_event(fields)
    if is_cloud_event(fields) or is_pubsub_message(fields):
        return read_google_event(fields)
    raise UploadEventError("it is no notification of S3 or a server that resembles it")


def _vendor_event(event: Fields) -> Record:
    """Read one of the events of a sender that calls them ``events``."""
    read = read_oss_event if "oss" in event else read_b2_event
    return read(event)


_SNS_TYPES: Final = ("Notification", "SubscriptionConfirmation", "UnsubscribeConfirmation")


def _unwrap(envelope: Fields, depth: int) -> list[Record]:
    kind = envelope["Type"]
    if kind == "SubscriptionConfirmation":
        # The address comes with the message: whoever can write to us could have us fetch anything.
        reason = f"SNS asks to confirm a subscription; if it is yours, open {_shown(envelope)}"
        return [Ignored(reason, warning=True)]
    if kind == "UnsubscribeConfirmation":
        return [Ignored("SNS has ended a subscription", warning=True)]
    return _open(envelope.get("Message"), "SNS", depth)


def _open(inner: object, sender: str, depth: int) -> list[Record]:
    if depth > DEEPEST:
        raise UploadEventError(f"more than {DEEPEST} envelopes lie in each other")
    if not isinstance(inner, str):
        raise UploadEventError(f"the envelope of {sender} holds no message")
    return _read(_json(inner), depth + 1)


def _shown(envelope: Fields) -> str:
    return f"{envelope.get('SubscribeURL')!r:.500} (topic {envelope.get('TopicArn')!r:.200})"


def _one(number: int, record: object, read: Callable[[Fields], Record]) -> Record:
    return _attempt(f"record {number}", lambda: read(mapping(record, "the record")))


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
        sequencer or at_instant(record.get("eventTime"), change),
        None if marker else text(item, "versionId", LONGEST_MARK),
        etag_of(item, "eTag"),
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
        comparable(item.get("sequencer")) or at_instant(event.get("time"), change),
        None if marker else text(item, "version-id", LONGEST_MARK),
        etag_of(item, "etag"),
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


def _json(body: bytes | str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        if (decoded := _from_base64(body)) is not None:
            return _json(decoded)
        raise UploadEventError(f"it is no JSON: {error!s:.200}") from None


def _from_base64(body: bytes | str) -> bytes | None:
    """Return what Alibaba's queues carry as base64; None where it is no object of JSON."""
    try:
        decoded = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None
    return decoded if decoded.lstrip().startswith(b"{") else None
