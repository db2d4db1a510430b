"""Messages that are known and cannot be used: each is refused by name, with what to do instead."""

from collections.abc import Mapping
from typing import cast

from producer.uploads.event import Fields
from shared.errors import UploadEventError

_AZURE = "Microsoft."
_HANDSHAKE = "Microsoft.EventGrid.SubscriptionValidationEvent"


def refuse(message: object) -> None:
    """Raise UploadEventError where a message, or one of a list of them, is of such a sender."""
    events = cast("list[object]", message) if isinstance(message, list) else [message]
    for event in events:
        if isinstance(event, Mapping):
            _refuse_azure(cast("Fields", event))
            _refuse_unwrapped(cast("Fields", event))


def refuse_xml(body: bytes | str) -> None:
    """Raise UploadEventError where a message is XML, as MNS sends it unless told otherwise."""
    begin = body[:1000].encode(errors="replace") if isinstance(body, str) else body[:1000]
    if begin.lstrip().startswith((b"<?xml", b"<Notification")):
        raise UploadEventError(
            "it is XML; where Alibaba's MNS sends it, give the subscription the "
            "NotifyContentFormat JSON or SIMPLIFIED"
        )


def _refuse_azure(event: Fields) -> None:
    kind = event.get("eventType", event.get("type"))
    if not isinstance(kind, str) or not kind.startswith(_AZURE):
        return
    if kind == _HANDSHAKE:
        said = "Azure Event Grid asks to confirm a subscription, and it is not confirmed: "
    else:
        said = f"{kind:.80} comes from Azure Event Grid: "
    raise UploadEventError(
        f"{said}blobs of Azure cannot be had by S3, so their events are not read. Delete the "
        "subscription, and enqueue a feed that names the blobs by https:// instead; "
        "colourway nightly then finds what has changed"
    )


def _refuse_unwrapped(event: Fields) -> None:
    if event.get("kind") == "storage#object":
        raise UploadEventError(
            "it is an object of Google Cloud Storage without its event; switch payload unwrapping "
            "off in the subscription of Pub/Sub"
        )
