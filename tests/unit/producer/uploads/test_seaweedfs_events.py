"""The events of SeaweedFS 4.48, as its web hook was seen to send them."""

import base64
import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from producer.uploads.event import Ignored, Malformed, ObjectChange, Record
from producer.uploads.s3_formats import read_events

PATH = "/buckets/shop/summer dresses/50% off.png"
VERSIONS = f"{PATH}.versions"
SECOND = 1_795_888_052
ONE, TWO = "6713b954e0a851a002b4dc52b7fd9640", "6713b954e0575ff0078f1cddba11304e"
"""Two versions of one second, the earlier one first: ids count downwards."""


def coded(**values: str) -> dict[str, str]:
    """Attributes as the filer writes them, their names' underscores being hyphens."""
    return {
        f"Seaweed-X-Amz-{name.replace('_', '-')}": base64.b64encode(value.encode()).decode()
        for name, value in values.items()
    }


def latest(version: str, mtime: int = SECOND, **more: str) -> dict[str, Any]:
    """The folder of versions, which names the latest one."""
    told = {"Latest_Version_Id": version, "Latest_Version_Mtime": str(mtime), **more}
    return folder(**told)


def folder(**values: str) -> dict[str, Any]:
    name = VERSIONS.rpartition("/")[2]
    return {"name": name, "is_directory": True, "attributes": {}, "extended": coded(**values)}


def file(name: str, *chunks_ns: int, mtime: int = SECOND, **values: str) -> dict[str, Any]:
    chunks = [{"size": 3, "modified_ts_ns": at} for at in chunks_ns]
    return {
        "name": name,
        "chunks": chunks,
        "attributes": {"mtime": mtime, "md5": "+XxdKZQb+xsv2rCHSQargg=="},
        "extended": coded(**values),
    }


def tell(path: str, old: Any = None, new: Any = None, parent: str | None = None) -> list[Record]:
    kind = "rename" if parent else "update" if old and new else "create" if new else "delete"
    entries = {"old_entry": old, "new_entry": new, "new_parent_path": parent}
    message = {name: value for name, value in entries.items() if value is not None}
    return read_events(json.dumps({"key": path, "event_type": kind, "message": message}))


def one(*args: Any) -> Any:
    (found,) = tell(*args)
    return found


def test_the_folder_of_versions_names_the_object_and_its_latest_version() -> None:
    first = one(VERSIONS, folder(), latest(ONE, Latest_Version_ETag="e1"))
    assert (first.change, first.url) == (
        ObjectChange.CREATED,
        f"s3:/{PATH.removeprefix('/buckets')}",
    )
    assert (first.version, first.etag, first.ask) == (ONE, "e1", True)
    second = one(VERSIONS, latest(ONE), latest(TWO))
    marker = latest("67" * 16, SECOND, Latest_Version_Is_Delete_Marker="true")
    gone = one(VERSIONS, latest(TWO), marker)
    assert first.sequencer < second.sequencer < gone.sequencer
    assert (gone.change, gone.version, gone.etag) == (ObjectChange.REMOVED, None, None)


def test_going_back_to_an_older_version_is_later_than_the_newer_one() -> None:
    second = one(VERSIONS, latest(ONE), latest(TWO))
    back = one(VERSIONS, latest(TWO), latest(ONE))
    assert (back.change, back.version) == (ObjectChange.CREATED, ONE)
    assert second.sequencer < back.sequencer
    last = one(VERSIONS, latest(ONE), folder())
    assert last.change is ObjectChange.REMOVED
    assert one(VERSIONS, latest(ONE)).change is ObjectChange.REMOVED  # the folder went as a whole


def test_a_version_put_while_versions_are_suspended_lies_beside_the_folder() -> None:
    beside = one(VERSIONS, latest(ONE), folder(Null_Version_Is_Latest="true"))
    assert (beside.change, beside.version, beside.ask) == (ObjectChange.CREATED, None, True)
    put = one(PATH, None, file("50% off.png", Version_Id="null"))
    assert (put.change, put.version) == (ObjectChange.CREATED, None)
    assert put.url == beside.url


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (VERSIONS, None, folder(), "the same latest version"),
        (VERSIONS, latest(ONE), latest(ONE), "the same latest version"),
        (f"{VERSIONS}/v_{ONE}", None, file(f"v_{ONE}", Version_Id=ONE), "is one version"),
        (f"{VERSIONS}/v_{ONE}", file("x"), file(f"v_{ONE}", Version_Id=ONE), "is one version"),
        ("/buckets/.system/owners/.complete", None, file(".complete"), "is no object"),
        ("/buckets/shop/.uploads/7/0001.part", None, file("0001.part"), "is no object"),
    ],
)
def test_events_that_change_no_object(path: str, old: Any, new: Any, said: str) -> None:
    found = one(path, old, new)
    assert isinstance(found, Ignored)
    assert said in found.reason


def test_a_version_that_goes_is_told_by_its_file_too() -> None:
    gone = one(f"{VERSIONS}/v_{ONE}", file(f"v_{ONE}", Version_Id=ONE))
    assert (gone.change, gone.version) == (ObjectChange.REMOVED, ONE)
    assert gone.key == "summer dresses/50% off.png"


def test_a_key_may_look_like_a_version() -> None:
    found = one("/buckets/shop/x.versions/v_1.png", None, file("v_1.png"))
    assert (found.change, found.key) == (ObjectChange.CREATED, "x.versions/v_1.png")
    assert isinstance(one("/buckets/shop/x.versions", None, folder()), Ignored)


def test_chunks_order_what_happens_within_a_second() -> None:
    at = SECOND * 1_000_000_000
    first = file("a.png", at + 100_000_000)
    second = file("a.png", at + 900_000_000, at + 300_000_000)
    put, gone = one(PATH, None, first), one(PATH, first)
    again = one(PATH, first, second)
    assert put.sequencer < gone.sequencer < again.sequencer
    # New attributes leave the chunks as they were.
    assert again.sequencer < one(PATH, second, file("a.png", at, mtime=SECOND + 1)).sequencer


def test_what_is_moved_has_no_time_at_its_new_place() -> None:
    old, new = file("a.png"), file("b.png")
    left, came = tell("/buckets/shop/a.png", old, new, "/buckets/shop/new")
    assert getattr(left, "sequencer", None) is not None
    assert (getattr(came, "key", None), getattr(came, "sequencer", 0)) == ("new/b.png", None)
    moved = {**latest(ONE), "name": "b.png.versions"}
    left, came = tell(VERSIONS, latest(ONE), moved, "/buckets/shop")
    assert [getattr(each, "key", None) for each in (left, came)] == [
        "summer dresses/50% off.png",
        "b.png",
    ]
    assert getattr(came, "sequencer", 0) is None


def test_ids_of_another_kind_leave_the_time_in_seconds() -> None:
    at = f"{SECOND * 1_000_000_000:016X}".rstrip("0")
    for version in ("some-id", "0" * 32, "z" * 32, "null"):
        assert one(VERSIONS, folder(), latest(version)).sequencer == at
    upwards = f"{SECOND * 1_000_000_000 + 5:016x}" + "0" * 16
    assert one(VERSIONS, folder(), latest(upwards)).sequencer > at


def test_attributes_that_cannot_be_read_cost_the_event() -> None:
    broken = {**folder(), "extended": {"Seaweed-X-Amz-Latest-Version-Id": "%"}}
    assert isinstance(one(VERSIONS, None, broken), Malformed)
    assert isinstance(one(VERSIONS, None, {**folder(), "extended": [1]}), Malformed)
    chunks = {**file("a.png"), "chunks": [7]}
    assert one(PATH, None, chunks) == Malformed("the event", "a chunk is no object")


def entry(name: str, mtime: int = 1_774_747_800, **more: Any) -> dict[str, Any]:
    return {"name": name, "attributes": {"mtime": mtime, "md5": "KEjYEZgpc//aNM+MhZnj9g=="}, **more}


def test_seaweedfs_speaks_of_files() -> None:
    path = "/buckets/shop/summer/a+b.jpg"
    created = one(path, None, entry("a+b.jpg"))
    assert created.url == "s3://shop/summer/a+b.jpg"
    assert created.etag == "2848d811982973ffda34cf8c8599e3f6"
    gone = one(path, entry("a+b.jpg"))
    assert gone.change is ObjectChange.REMOVED
    newer = entry("a+b.jpg", mtime=1_774_747_801)
    # It calls an overwriting a rename, too.
    replaced = one(path, entry("a+b.jpg"), newer, "/buckets/shop/summer")
    assert replaced.change is ObjectChange.CREATED
    # What goes is the entry that was there, so a newer one outlives it.
    assert created.sequencer < gone.sequencer < replaced.sequencer


def test_seaweedfs_renames_in_two_records() -> None:
    both = tell("/buckets/shop/a.jpg", entry("a.jpg"), entry("b.jpg"), "/buckets/shop/new")
    assert [(found.change.value, found.url) for found in both] == [
        ("removed", "s3://shop/a.jpg"),
        ("created", "s3://shop/new/b.jpg"),
    ]


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/topics/x", {}),
        ("/buckets/shop", {"is_directory": True}),
        ("/buckets/shop/summer", {"is_directory": True}),
        ("/buckets/shop/.uploads/7/0001.part", {}),
    ],
)
def test_seaweedfs_has_files_that_are_no_objects(path: str, more: dict[str, Any]) -> None:
    found = one(path, None, entry(PurePosixPath(path).name, **more))
    assert isinstance(found, Ignored)
