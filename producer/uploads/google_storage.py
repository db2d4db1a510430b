"""Notifications of Google Cloud Storage: messages of Pub/Sub, and CloudEvents of Eventarc.

Attributes: https://cloud.google.com/storage/docs/pubsub-notifications. Each content of an object
has a generation, a number that grows: a put bears its own, and what goes bears that of what was
there, so generations order both.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import cast

from producer.uploads.event import (
    LONGEST_BUCKET,
    LONGEST_KEY,
    Fields,
    Ignored,
    ObjectChange,
    Record,
    UploadEvent,
    at_nanosecond,
    check_object,
    mapping,
    number_of,
    text,
)

_STORAGE = "google.cloud.storage.object.v1."
_PUBSUB = "google.cloud.pubsub.topic.v1.messagePublished"
_KINDS = {
    "OBJECT_FINALIZE": "finalized",
    "OBJECT_DELETE": "deleted",
    "OBJECT_ARCHIVE": "archived",
    "OBJECT_METADATA_UPDATE": "metadataUpdated",
}
_CHANGES = {
    "finalized": ObjectChange.CREATED,
    "deleted": ObjectChange.REMOVED,
    "archived": ObjectChange.REMOVED,
}


def is_cloud_event(message: object) -> bool:
    """Return whether a message is a CloudEvent in its structured form."""
    return isinstance(message, Mapping) and {"specversion", "type"} <= message.keys()


def is_pubsub_message(fields: Fields) -> bool:
    """Return whether a message is one of Pub/Sub, as it is pushed or as it is."""
    inner = fields.get("message", fields)
    return isinstance(inner, Mapping) and "attributes" in inner


def read_google_event(fields: Fields) -> Record:
    """Return what a message or a CloudEvent says. Raises ValueError where a field cannot be."""
    if not is_cloud_event(fields):
        return _pubsub(fields)
    kind, data = text(fields, "type", 200) or "", fields.get("data")
    if kind == _PUBSUB:
        return _pubsub(mapping(data, "data"))
    if not kind.startswith(_STORAGE):
        return Ignored(f"a CloudEvent {kind!r} changes no picture")
    item = mapping(data, "data")
    return _change_of(kind.removeprefix(_STORAGE), item.get("bucket"), item.get("name"), item)


def _pubsub(fields: Fields) -> Record:
    message = mapping(fields.get("message", fields), "message")
    attributes = mapping(message.get("attributes"), "the attributes of the message")
    kind = text(attributes, "eventType", 100)
    if kind is None:
        raise ValueError("a message of Pub/Sub without eventType is not from Cloud Storage")
    if by := text(attributes, "overwrittenByGeneration", 100):
        return Ignored(f"generation {by} has an event of its own")
    item = {"generation": attributes.get("objectGeneration"), **_payload(message.get("data"))}
    return _change_of(
        _KINDS.get(kind, kind), attributes.get("bucketId"), attributes.get("objectId"), item
    )


def _change_of(kind: str, bucket: object, key: object, item: Fields) -> Record:
    change = _CHANGES.get(kind)
    if change is None:
        return Ignored(f"{kind} of Cloud Storage changes no picture")
    named = {"bucket": bucket, "name": key}
    bucket, key = check_object(
        text(named, "bucket", LONGEST_BUCKET), text(named, "name", LONGEST_KEY)
    )
    if key.endswith("/"):
        return Ignored(f"s3://{bucket}/{key} is a folder")
    generation = number_of(item.get("generation"))
    sequencer = None if generation is None else at_nanosecond(generation, change)
    # In a bucket with versions an old generation may go while a newer one stays.
    ask = sequencer is None or change is ObjectChange.REMOVED
    return UploadEvent(change, bucket, key, sequencer, None, _md5(item.get("md5Hash")), ask=ask)


def _payload(data: object) -> Fields:
    """Return the object's metadata that a message carries; nothing where it carries none."""
    try:
        found = json.loads(base64.b64decode(data)) if isinstance(data, str) else None
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return cast("Fields", found) if isinstance(found, Mapping) else {}


def _md5(value: object) -> str | None:
    """Return what Cloud Storage's S3 interface gives as the ETag of an object that has an MD5."""
    try:
        return (
            base64.b64decode(value, validate=True).hex() or None if isinstance(value, str) else None
        )
    except (binascii.Error, ValueError):
        return None
