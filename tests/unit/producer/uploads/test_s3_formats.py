"""Messages of S3 and of servers that resemble it, as they send them, and as nobody should."""

import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producer.uploads.event import Ignored, Malformed, ObjectChange, UploadEvent, comparable
from producer.uploads.s3_formats import read_events
from shared.errors import UploadEventError


def record(key: str = "A-1.jpg", name: str = "ObjectCreated:Put", **item: Any) -> dict[str, Any]:
    """One record as Amazon writes it; ``item`` are fields of its object."""
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "eventTime": "2026-03-29T01:30:00.000Z",
        "eventName": name,
        "s3": {
            "s3SchemaVersion": "1.0",
            "bucket": {"name": "shop", "arn": "arn:aws:s3:::shop"},
            "object": {"key": key, "size": 1024, "eTag": "e1", "sequencer": "0A1B", **item},
        },
    }


def body(*records: Any) -> str:
    return json.dumps({"Records": records})


def one(message: Any) -> Any:
    (found,) = read_events(message if isinstance(message, str) else json.dumps(message))
    return found


def test_a_record_of_amazon_has_all_its_parts() -> None:
    assert one(body(record("red+dress/caf%C3%A9%2B1.jpg", versionId="v7"))) == UploadEvent(
        ObjectChange.CREATED, "shop", "red dress/café+1.jpg", "0A1B", "v7", "e1"
    )
    assert one(body(record())).url == "s3://shop/A-1.jpg"


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("ObjectCreated:Put", ObjectChange.CREATED),
        ("s3:ObjectCreated:CompleteMultipartUpload", ObjectChange.CREATED),
        ("ObjectSynced:Create", ObjectChange.CREATED),
        ("ObjectRemoved:Delete", ObjectChange.REMOVED),
        ("s3:ObjectRemoved:DeleteMarkerCreated", ObjectChange.REMOVED),
        ("LifecycleExpiration:Delete", ObjectChange.REMOVED),
        ("ObjectLifecycle:Expiration:Current", ObjectChange.REMOVED),
        ("ObjectLifecycle:Expiration:NonCurrent", None),
        ("ObjectTagging:Put", None),
        ("ReducedRedundancyLostObject", None),
    ],
)
def test_names_of_events(name: str, change: ObjectChange | None) -> None:
    found = one(body(record(name=name)))
    assert found.change is change if change else isinstance(found, Ignored)


def test_a_delete_marker_takes_the_whole_object_and_a_delete_one_version() -> None:
    marker = record(name="ObjectRemoved:DeleteMarkerCreated", versionId="m1")
    version = record(name="ObjectRemoved:Delete", versionId="v1")
    assert [found.version for found in read_events(body(marker, version))] == [None, "v1"]


def test_sns_and_test_events_in_their_envelopes() -> None:
    envelope = {"Type": "Notification", "TopicArn": "arn:t", "Message": body(record())}
    assert one(envelope) == one(body(record()))
    assert one({"Type": "Notification", "Message": json.dumps(envelope)}) == one(body(record()))
    test_event = {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "shop"}
    assert one(test_event) == Ignored("a test event")
    assert one({"Type": "Notification", "Message": json.dumps(test_event)}).reason == "a test event"


def test_a_subscription_is_told_and_never_confirmed() -> None:
    found = one(
        {"Type": "SubscriptionConfirmation", "SubscribeURL": "https://x.test/?a", "TopicArn": "t"}
    )
    assert isinstance(found, Ignored)
    assert found.warning
    assert "https://x.test/?a" in found.reason


def test_event_bridge_does_not_encode_its_keys() -> None:
    event = {
        "version": "0",
        "detail-type": "Object Created",
        "source": "aws.s3",
        "time": "2026-03-29T01:30:00Z",
        "detail": {
            "bucket": {"name": "shop"},
            "object": {"key": "a+b%20c.jpg", "etag": "e", "version-id": "v", "sequencer": "00B0"},
        },
    }
    assert one(event) == UploadEvent(ObjectChange.CREATED, "shop", "a+b%20c.jpg", "00B", "v", "e")
    deleted = {**event, "detail-type": "Object Deleted"}
    assert one(deleted).change is ObjectChange.REMOVED
    assert one(deleted).version == "v"
    deleted["detail"]["deletion-type"] = "Delete Marker Created"
    assert one(deleted).version is None
    assert isinstance(one({**event, "detail-type": "Object Tags Added"}), Ignored)
    assert isinstance(one({**event, "source": "my.shop"}), Ignored)


def test_minio_names_the_key_twice_and_encodes_it_once() -> None:
    minio = record("summer%2Fred+dress.jpg", "s3:ObjectCreated:Put", sequencer="17F5A1B2C3D4E5F6")
    message = {"EventName": "s3:ObjectCreated:Put", "Key": "shop/summer/red dress.jpg"}
    found = one({**message, "Records": [{**minio, "eventSource": "minio:s3"}]})
    assert (found.key, found.sequencer) == ("summer/red dress.jpg", "17F5A1B2C3D4E5F6")


def test_ceph_does_not_encode_keys_and_turns_its_sequencers_round() -> None:
    def ceph(sequencer: str) -> Any:
        raw = record("a+b%20.jpg", sequencer=sequencer, versionId="")
        return one(body({**raw, "eventSource": "ceph:s3", "eventTime": "nonsense"}))

    # 2019-11-22T13:47:35 and, as text a smaller one, a second later.
    first, later = ceph("F7E6D75DC742D108"), ceph("F8E6D75D00000000")
    assert (first.key, first.version) == ("a+b%20.jpg", None)
    assert first.sequencer == "5DD7E6F708D142C7"
    assert later.sequencer == "5DD7E6F8"
    assert ceph("FFFFFF5D00000000").sequencer < ceph("0000005E00000000").sequencer


def test_without_a_sequencer_the_time_orders() -> None:
    def at(time: str, name: str = "ObjectCreated:Put") -> str:
        found = one(body({**record(name=name, sequencer=None), "eventTime": time}))
        assert found.sequencer is not None
        return found.sequencer

    put, gone = at("2026-03-29T01:30:00Z"), at("2026-03-29T01:30:00Z", "ObjectRemoved:Delete")
    assert put < gone < at("2026-03-29T01:30:00.001Z") < at("2026-03-29T04:30:00+02:00")
    assert one(body({**record(sequencer="no hex"), "eventTime": "soon"})).sequencer is None


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("text", "the record is no object"),
        ({}, "it has no eventName"),
        ({**record(), "s3": None}, "s3 is missing"),
        (record(""), "it names no key"),
        (record("%FF.jpg"), "is no UTF-8 once it is decoded"),
        (record("a%00.jpg"), "holds a NUL character"),
        (record("\ud800.jpg"), "holds half of a character"),
        (record("x" * 1025), "the key is longer than 1,024 bytes"),
        (record("é" * 513), "the key is longer than 1,024 bytes"),
        (record(versionId=7), "versionId is no text: 7"),
        (record(key=["a"]), "key is no text"),  # type: ignore[arg-type]
        ({**record(), "eventName": 3}, "eventName is no text"),
    ],
)
def test_a_malformed_record_costs_itself_only(bad: Any, reason: str) -> None:
    first, found, last = read_events(body(record("1.jpg"), bad, record("3.jpg")))
    assert isinstance(found, Malformed)
    assert found.where == "record 2"
    assert reason in found.reason
    assert [first.key, last.key] == ["1.jpg", "3.jpg"]


def test_a_folder_is_no_picture() -> None:
    assert one(body(record("summer%2F"))) == Ignored("s3://shop/summer/ is a folder")


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("", "it is no JSON"),
        ("{", "it is no JSON"),
        (b"\xff\xfe", "it is no JSON"),
        ("[" * 100_000, "it is no JSON"),
        ("[]", "it holds list where an object should be"),
        ("{}", "it is no notification"),
        ('{"Records": {}}', "it is no notification"),
        ('{"Type": "Notification"}', "the envelope of SNS holds no message"),
        ('{"Type": "Notification", "Message": "hello"}', "it is no JSON"),
    ],
)
def test_a_message_that_is_none(message: str | bytes, reason: str) -> None:
    with pytest.raises(UploadEventError, match=reason):
        read_events(message)


def test_envelopes_in_envelopes_end_somewhere() -> None:
    message = body(record())
    for _ in range(4):
        message = json.dumps({"Type": "Notification", "Message": message})
    with pytest.raises(UploadEventError, match="more than 3 envelopes"):
        read_events(message)


keys = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200
).filter(lambda key: not key.endswith("/") and len(key.encode()) <= 1024)


@given(keys, st.sampled_from([quote_plus, quote, lambda key: quote(key, safe="")]))
def test_every_key_survives_every_way_of_encoding_it(key: str, encode: Any) -> None:
    assert one(body(record(encode(key)))).key == key


@given(st.text("0123456789ABCDEFabcdef", min_size=1, max_size=32), st.integers(0, 8))
def test_sequencers_are_compared_right_padded(sequencer: str, zeros: int) -> None:
    assert comparable(sequencer + "0" * zeros) == comparable(sequencer)


@given(*[st.text("0123456789ABCDEF", min_size=1, max_size=20)] * 2)
def test_and_in_the_order_of_the_padded_texts(first: str, second: str) -> None:
    longest = max(len(first), len(second))
    one, other = comparable(first), comparable(second)
    assert one is not None
    assert other is not None
    assert (one < other) == (first.ljust(longest, "0") < second.ljust(longest, "0"))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(
            st.sampled_from(["s3", "object", "bucket", "key", "name", "eventName", "detail", "x"]),
            children,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["Records", "Type", "Message", "detail-type", "detail", "event_type", "message", "key"]
        ),
        json_values | st.just("Notification") | st.just("Object Created"),
        max_size=5,
    )
)
def test_nothing_that_is_json_breaks_the_reader(message: Any) -> None:
    try:
        found = read_events(json.dumps(message))
    except UploadEventError:
        return
    assert all(isinstance(each, UploadEvent | Ignored | Malformed) for each in found)
