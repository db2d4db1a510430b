"""Event notifications of Backblaze B2, whose buckets always keep versions.

Fields: https://www.backblaze.com/docs/cloud-storage-event-notifications-reference-guide.
"""

from producer.uploads.event import (
    LONGEST_BUCKET,
    LONGEST_KEY,
    LONGEST_MARK,
    Fields,
    Ignored,
    ObjectChange,
    Record,
    UploadEvent,
    at_nanosecond,
    check_object,
    number_of,
    text,
)

_MILLISECOND = 1_000_000


def read_b2_event(event: Fields) -> Record:
    """Return what one of the ``events`` says. Raises ValueError where a field cannot be.

    A hide marker is what a deletion by S3 makes; ``ObjectDeleted`` is of a single version.
    """
    kind = text(event, "eventType", 100)
    if kind is None or not kind.startswith("b2:"):
        raise ValueError("it is an event neither of Backblaze B2 nor of Alibaba OSS")
    hides = kind.startswith("b2:HideMarkerCreated:") or kind.endswith(":Hide")
    if not hides and not kind.startswith(("b2:ObjectCreated:", "b2:ObjectDeleted:")):
        return Ignored(f"{kind} changes no picture")
    is_there = kind.startswith("b2:ObjectCreated:") and not hides
    change = ObjectChange.CREATED if is_there else ObjectChange.REMOVED
    bucket, key = check_object(
        text(event, "bucketName", LONGEST_BUCKET), text(event, "objectName", LONGEST_KEY)
    )
    if key.endswith("/"):
        return Ignored(f"s3://{bucket}/{key} is a folder")
    version = None if hides else text(event, "objectVersionId", LONGEST_MARK)
    at_ms = number_of(event.get("eventTimestamp"))
    time = None if at_ms is None else at_nanosecond(at_ms * _MILLISECOND, change)
    return UploadEvent(change, bucket, key, time, version, ask=True)
