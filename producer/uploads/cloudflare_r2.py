"""Event notifications of Cloudflare R2: the body of a message in one of Cloudflare's queues.

Fields: https://developers.cloudflare.com/r2/buckets/event-notifications/ (of April 2026).
"""

from producer.uploads.event import (
    LONGEST_BUCKET,
    LONGEST_KEY,
    Fields,
    Ignored,
    ObjectChange,
    Record,
    UploadEvent,
    at_instant,
    check_object,
    etag_of,
    mapping,
    text,
)

_CHANGES = {
    "PutObject": ObjectChange.CREATED,
    "CopyObject": ObjectChange.CREATED,
    "CompleteMultipartUpload": ObjectChange.CREATED,
    "DeleteObject": ObjectChange.REMOVED,
    "LifecycleDeletion": ObjectChange.REMOVED,
}


def is_r2_event(fields: Fields) -> bool:
    """Return whether a message has the parts of a notification of R2."""
    return {"account", "action", "bucket", "object"} <= fields.keys()


def read_r2_event(event: Fields) -> Record:
    """Return what a notification says. Raises ValueError where a field cannot be."""
    action = text(event, "action", 100)
    change = _CHANGES.get(action or "")
    if change is None:
        return Ignored(f"{action} of Cloudflare R2 changes no picture")
    item = mapping(event.get("object"), "object")
    bucket, key = check_object(
        text(event, "bucket", LONGEST_BUCKET), text(item, "key", LONGEST_KEY)
    )
    if key.endswith("/"):
        return Ignored(f"s3://{bucket}/{key} is a folder")
    time = at_instant(event.get("eventTime"), change)
    return UploadEvent(change, bucket, key, time, None, etag_of(item, "eTag"), ask=True)
