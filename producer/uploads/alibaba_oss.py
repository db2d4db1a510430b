"""Event notifications of Alibaba Cloud's Object Storage Service, which come through its MNS.

Fields: https://www.alibabacloud.com/help/en/mns (OSS event notifications). Keys are as they are.
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

_UNFINISHED = ("InitiateMultipartUpload", "UploadPart", "UploadPartCopy", "AbortMultipartUpload")
_CHANGES = {
    "ObjectCreated": ObjectChange.CREATED,
    "ObjectRemoved": ObjectChange.REMOVED,
    "ObjectReplication:ObjectCreated": ObjectChange.CREATED,
    "ObjectReplication:ObjectModified": ObjectChange.CREATED,
    "ObjectReplication:ObjectRemoved": ObjectChange.REMOVED,
}


def read_oss_event(event: Fields) -> Record:
    """Return what one of the ``events`` says. Raises ValueError where a field cannot be."""
    name = (text(event, "eventName", 100) or "").removeprefix("oss:")
    kind, _, operation = name.partition(":")
    change = _CHANGES.get(name, _CHANGES.get(kind))
    if change is None or operation in _UNFINISHED:
        return Ignored(f"{name or 'an event without a name'} changes no picture")
    oss = mapping(event.get("oss"), "oss")
    item = mapping(oss.get("object"), "oss.object")
    bucket, key = check_object(
        text(mapping(oss.get("bucket"), "oss.bucket"), "name", LONGEST_BUCKET),
        text(item, "key", LONGEST_KEY),
    )
    if key.endswith("/"):
        return Ignored(f"s3://{bucket}/{key} is a folder")
    time = at_instant(event.get("eventTime"), change)
    return UploadEvent(change, bucket, key, time, None, etag_of(item, "eTag"), ask=True)
