"""Messages of cloud stores in their published form: read, or refused by name with what to do."""

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.uploads.event import Ignored, Malformed, ObjectChange, UploadEvent
from producer.uploads.s3_formats import read_events
from shared.errors import UploadEventError

KEY = "summer dresses/50% off+1.png"
MD5 = hashlib.md5(b"one").digest()


def one(message: Any, cloud_event: str | None = None) -> Any:
    (found,) = read_events(json.dumps(message), cloud_event)
    return found


def r2(action: str = "PutObject", **more: Any) -> dict[str, Any]:
    return {
        "account": "3f4b7e3dcab231cbfdaa90a6a28bd548",
        "action": action,
        "bucket": "shop",
        "object": {"key": KEY, "size": 65536, "eTag": "c846ff7a18f28c2e262116d6e8719ef0"},
        "eventTime": "2026-05-24T19:36:44.379Z",
        **more,
    }


def test_cloudflare_r2() -> None:
    put, gone = one(r2()), one(r2("DeleteObject"))
    etag = "c846ff7a18f28c2e262116d6e8719ef0"
    assert put == UploadEvent(
        ObjectChange.CREATED, "shop", KEY, put.sequencer, None, etag, ask=True
    )
    assert (gone.change, gone.url) == (ObjectChange.REMOVED, f"s3://shop/{KEY}")
    assert put.sequencer < gone.sequencer < one(r2(eventTime="2026-05-24T19:36:44.380Z")).sequencer
    assert one(r2("LifecycleDeletion")).change is ObjectChange.REMOVED
    copied = r2("CopyObject", copySource={"bucket": "shop", "object": "other.png"})
    assert one(copied).key == KEY
    assert one(r2("AbortMultipartUpload")) == Ignored(
        "AbortMultipartUpload of Cloudflare R2 changes no picture"
    )
    assert one(r2(object={"key": ""})) == Malformed("the event", "it names no key")


def pubsub(kind: str = "OBJECT_FINALIZE", generation: int = 7, **more: str) -> dict[str, Any]:
    item = {"kind": "storage#object", "name": KEY, "md5Hash": base64.b64encode(MD5).decode()}
    return {
        "message": {
            "attributes": {
                "bucketId": "shop",
                "eventTime": "2026-07-01T10:00:00.000000Z",
                "eventType": kind,
                "notificationConfig": "projects/_/buckets/shop/notificationConfigs/1",
                "objectGeneration": str(generation),
                "objectId": KEY,
                "payloadFormat": "JSON_API_V1",
                **more,
            },
            "data": base64.b64encode(json.dumps(item).encode()).decode(),
            "messageId": "1",
        },
        "subscription": "projects/shop/subscriptions/colourway",
    }


def test_google_cloud_storage_by_pubsub_is_ordered_by_generations() -> None:
    put = one(pubsub())
    assert put == UploadEvent(ObjectChange.CREATED, "shop", KEY, put.sequencer, None, MD5.hex())
    gone, archived = one(pubsub("OBJECT_DELETE")), one(pubsub("OBJECT_ARCHIVE"))
    assert (
        put.sequencer < gone.sequencer == archived.sequencer < one(pubsub(generation=8)).sequencer
    )
    assert gone.change is archived.change is ObjectChange.REMOVED
    assert gone.ask
    replaced = pubsub("OBJECT_DELETE", overwrittenByGeneration="8")
    assert one(replaced) == Ignored("generation 8 has an event of its own")
    assert isinstance(one(pubsub("OBJECT_METADATA_UPDATE")), Ignored)
    # As it is pulled, and without the payload.
    bare = {"attributes": pubsub()["message"]["attributes"]}
    assert (one(bare).key, one(bare).etag) == (KEY, None)
    assert isinstance(one({"message": {"attributes": {}}}), Malformed)


def test_google_cloud_storage_by_cloud_events() -> None:
    data = {"bucket": "shop", "name": KEY, "generation": "7", "md5Hash": "+XxdKZQb+xsv2rCHSQargg=="}
    kind = "google.cloud.storage.object.v1."
    structured = {"specversion": "1.0", "type": f"{kind}finalized", "data": data}
    found = one(structured)
    assert (found.url, found.etag) == (f"s3://shop/{KEY}", "f97c5d29941bfb1b2fdab0874906ab82")
    assert one(data, f"{kind}finalized") == found  # its attributes were headers
    assert read_events(json.dumps([structured, structured])) == [found, found]
    assert one(structured | {"type": f"{kind}deleted"}).change is ObjectChange.REMOVED
    wrapped = {"specversion": "1.0", "type": "google.cloud.pubsub.topic.v1.messagePublished"}
    assert one(wrapped | {"data": pubsub()}) == one(pubsub())
    assert isinstance(one(structured | {"type": f"{kind}metadataUpdated"}), Ignored)
    assert isinstance(one(structured | {"type": "com.example.other"}), Ignored)


def b2(kind: str, at_ms: int = 1721691964421, version: str | None = "4_z21") -> dict[str, Any]:
    return {
        "accountId": "15f935cf4dcb",
        "bucketId": "21a5bf29a395fc7f84dd0c1b",
        "bucketName": "shop",
        "eventId": "547d65a1",
        "eventTimestamp": at_ms,
        "eventType": kind,
        "eventVersion": 1,
        "matchedRuleName": "colourway",
        "objectName": KEY,
        "objectSize": 23889,
        "objectVersionId": version,
    }


def test_backblaze_b2_has_versions_and_hides() -> None:
    kinds = ["b2:ObjectCreated:Upload", "b2:HideMarkerCreated:Hide", "b2:ObjectDeleted:Delete"]
    put, hidden, version = read_events(json.dumps({"events": [b2(kind) for kind in kinds]}))
    assert isinstance(put, UploadEvent)
    assert isinstance(hidden, UploadEvent)
    assert isinstance(version, UploadEvent)
    assert (put.url, put.version, put.ask) == (f"s3://shop/{KEY}", "4_z21", True)
    assert (hidden.change, hidden.version) == (ObjectChange.REMOVED, None)
    assert (version.change, version.version) == (ObjectChange.REMOVED, "4_z21")
    assert str(put.sequencer) < str(hidden.sequencer)
    later = one({"events": [b2("b2:ObjectCreated:Copy", 1721691964422)]})
    assert str(hidden.sequencer) < str(later.sequencer)
    assert isinstance(one({"events": [b2("b2:TestEvent")]}), Ignored)
    bad = one({"events": [{"eventType": "other"}]})
    assert bad == Malformed("record 1", "it is an event neither of Backblaze B2 nor of Alibaba OSS")


def oss(name: str, time: str = "2019-06-18T06:44:16.000Z") -> dict[str, Any]:
    return {
        "eventName": name,
        "eventSource": "acs:oss",
        "eventTime": time,
        "eventVersion": "1.0",
        "oss": {
            "bucket": {"arn": "acs:oss:cn-beijing:1:shop", "name": "shop", "virtualBucket": ""},
            "object": {"deltaSize": 0, "eTag": "137138904F2E18D3", "key": KEY, "size": 12990},
            "ossSchemaVersion": "1.0",
            "ruleId": "colourway",
        },
        "region": "cn-beijing",
    }


def test_alibaba_oss_straight_as_base64_and_in_the_envelope_of_mns() -> None:
    plain = json.dumps({"events": [oss("ObjectCreated:PostObject")]})
    coded = base64.b64encode(plain.encode()).decode()
    (found,) = read_events(plain)
    assert found == one({"events": [oss("oss:ObjectCreated:PostObject")]})
    assert isinstance(found, UploadEvent)
    assert (found.url, found.etag, found.ask) == (f"s3://shop/{KEY}", "137138904F2E18D3", True)
    assert read_events(coded) == [found]
    for message in (plain, coded):
        assert one({"TopicOwner": "1", "TopicName": "t", "Message": message}) == found


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ObjectCreated:PutObject", ObjectChange.CREATED),
        ("ObjectCreated:CompleteMultipartUpload", ObjectChange.CREATED),
        ("ObjectReplication:ObjectModified", ObjectChange.CREATED),
        ("ObjectRemoved:DeleteObjects", ObjectChange.REMOVED),
        ("ObjectReplication:ObjectRemoved", ObjectChange.REMOVED),
        ("ObjectCreated:InitiateMultipartUpload", None),
        ("ObjectCreated:UploadPart", None),
        ("ObjectRemoved:AbortMultipartUpload", None),
        ("ObjectDownloaded:GetObject", None),
    ],
)
def test_names_of_events_of_alibaba(name: str, change: ObjectChange | None) -> None:
    found = one({"events": [oss(name)]})
    assert found.change is change if change else isinstance(found, Ignored)


AZURE = {
    "topic": "/subscriptions/1/resourceGroups/shop/providers/Microsoft.Storage/…",
    "subject": "/blobServices/default/containers/shop/blobs/a.png",
    "eventType": "Microsoft.Storage.BlobCreated",
    "data": {"api": "PutBlob", "url": "https://shop.blob.core.windows.net/shop/a.png"},
}
HANDSHAKE = {
    "eventType": "Microsoft.EventGrid.SubscriptionValidationEvent",
    "data": {"validationCode": "512d38b6", "validationUrl": "https://rp.eventgrid.azure.net/…"},
}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            [AZURE],
            "BlobCreated comes from Azure Event Grid: .* enqueue a feed that names the blobs",
        ),
        ([HANDSHAKE], "Azure Event Grid asks to confirm a subscription, and it is not confirmed"),
        (
            {"specversion": "1.0", "type": "Microsoft.Storage.BlobDeleted", "data": {}},
            "BlobDeleted comes from Azure Event Grid",
        ),
        ({"kind": "storage#object", "name": KEY, "bucket": "shop"}, "payload unwrapping"),
        ({"TopicOwner": "1", "Message": 7}, "the envelope of MNS holds no message"),
        ([], "it holds list where an object should be"),
        ([1], "it holds list where an object should be"),
    ],
)
def test_what_is_known_and_not_read_is_refused_with_what_to_do(message: Any, reason: str) -> None:
    with pytest.raises(UploadEventError, match=reason):
        read_events(json.dumps(message))


@pytest.mark.parametrize("body", ['<?xml version="1.0"?><Notification/>', b" <Notification>"])
def test_xml_of_mns_is_refused_with_what_to_do(body: str | bytes) -> None:
    with pytest.raises(UploadEventError, match="NotifyContentFormat JSON or SIMPLIFIED"):
        read_events(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["attributes", "data", "object", "oss", "eventType", "type", "name"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)
PARTS = ["events", "message", "attributes", "specversion", "type", "data", "account", "action"]


@given(
    st.dictionaries(
        st.sampled_from([*PARTS, "bucket", "object", "TopicOwner", "Message", "eventType"]),
        json_values,
        max_size=6,
    )
)
def test_nothing_that_is_json_breaks_the_readers(message: Any) -> None:
    for body in (message, [message]):
        try:
            found = read_events(json.dumps(body))
        except UploadEventError:
            continue
        assert all(isinstance(each, UploadEvent | Ignored | Malformed) for each in found)
