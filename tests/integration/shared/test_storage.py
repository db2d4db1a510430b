"""One contract, three places: a folder, moto's S3 and rclone's S3, spoken to over HTTP."""

import os
import pickle
import resource
import socket
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import boto3
import pytest

from shared.errors import (
    KeyNotFound,
    ObjectTooLarge,
    StorageError,
    StorageTimeout,
)
from shared.settings import get_settings
from shared.storage.s3 import read_object
from shared.storage.storage import FolderStorage, S3Storage, Storage, open_storage
from tests.support.pictures import JPEG
from tests.support.services.s3 import Bucket

KEY = "7/ab/abcdef/crop.jpg"


@pytest.fixture(params=["folder", "moto", "rclone"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage, opened by its setting; the test runs once on each kind."""
    if request.param == "folder":
        return open_storage(get_settings(storage=str(tmp_path / "pictures")))
    bucket: Bucket = request.getfixturevalue(f"{request.param}_bucket")
    return open_storage(get_settings(storage=f"s3://{bucket.name}/shop/a"))


def test_what_is_put_can_be_got(storage: Storage) -> None:
    storage.put(KEY, JPEG, "image/jpeg")

    assert storage.exists(KEY)
    assert storage.get(KEY) == JPEG


def test_putting_again_replaces(storage: Storage) -> None:
    storage.put(KEY, JPEG, "image/jpeg")
    storage.put(KEY, b"second", "image/jpeg")

    assert storage.get(KEY) == b"second"


def test_what_is_deleted_is_gone_and_may_be_deleted_again(storage: Storage) -> None:
    storage.put(KEY, JPEG, "image/jpeg")
    storage.put(f"{KEY}.other", b"stays", "image/jpeg")
    for _ in range(2):
        storage.delete(KEY)
        assert not storage.exists(KEY)
    assert storage.get(f"{KEY}.other") == b"stays"
    with pytest.raises(StorageError):
        storage.delete("../up")


def test_nothing_is_something_that_can_be_stored(storage: Storage) -> None:
    storage.put(KEY, b"", "image/jpeg")

    assert storage.get(KEY) == b""


def test_a_missing_key_is_the_same_error_everywhere(storage: Storage) -> None:
    storage.put(KEY, JPEG, "image/jpeg")
    for missing in ("7/ab/abcdef/cutout.png", "nothing", f"{KEY}/deeper", "7/ab"):
        assert not storage.exists(missing)
        with pytest.raises(KeyNotFound) as caught:
            storage.get(missing)
        assert caught.value.key == missing


@pytest.mark.parametrize(
    "key", ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", ".", "a\\b", "a\0b"]
)
def test_what_is_no_key_is_refused(storage: Storage, key: str) -> None:
    for use in (
        lambda: storage.put(key, b"x", "text/plain"),
        lambda: storage.get(key),
        lambda: storage.exists(key),
        lambda: storage.link(key),
    ):
        with pytest.raises(StorageError, match="is no key"):
            use()


def test_many_threads_may_put_at_once(storage: Storage) -> None:
    keys = [f"7/{number:02}/crop.jpg" for number in range(12)] + [KEY] * 4
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: storage.put(key, key.encode(), "image/jpeg"), keys))

    assert [storage.get(key) for key in keys] == [key.encode() for key in keys]


def test_links_lead_to_the_picture(storage: Storage, tmp_path: Path) -> None:
    storage.put(KEY, JPEG, "image/jpeg")

    link = storage.link(KEY)

    if isinstance(storage, FolderStorage):
        assert link == str(tmp_path / "pictures" / KEY)
        assert Path(link).read_bytes() == JPEG
    else:
        assert link.startswith("s3://colourway-test-")
        assert link.endswith(f"/shop/a/{KEY}")
        assert read_object(link, len(JPEG)).content == JPEG


def test_two_prefixes_do_not_see_each_other(bucket: Bucket) -> None:
    one, two = S3Storage(bucket.name, "one/"), S3Storage(bucket.name)
    one.put(KEY, JPEG, "image/jpeg")

    assert not two.exists(KEY)
    assert two.get(f"one/{KEY}") == JPEG


def test_the_content_type_and_nothing_else_goes_along(moto_bucket: Bucket) -> None:
    S3Storage(moto_bucket.name).put(KEY, JPEG, "image/jpeg")

    head = boto3.session.Session().client("s3").head_object(Bucket=moto_bucket.name, Key=KEY)

    assert head["ContentType"] == "image/jpeg"
    assert head["ContentLength"] == len(JPEG)
    assert head["Metadata"] == {}


def test_a_missing_bucket_is_no_missing_key(bucket: Bucket) -> None:
    storage = S3Storage(f"{bucket.name}-not")
    with pytest.raises(StorageError, match=r"NoSuchBucket|no such bucket") as caught:
        storage.get(KEY)
    assert not isinstance(caught.value, KeyNotFound)
    with pytest.raises(StorageError, match="NoSuchBucket"):
        storage.put(KEY, JPEG, "image/jpeg")


def test_wrong_credentials_are_told(rclone_bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "something-else-entirely")
    with pytest.raises(StorageError) as caught:
        S3Storage(rclone_bucket.name).put(KEY, JPEG, "image/jpeg")
    assert caught.value.status == 403
    assert "something-else" not in str(caught.value)


def test_no_credentials_say_which_variables_to_set(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(StorageError, match="AWS_ACCESS_KEY_ID"):
        S3Storage(moto_bucket.name).get(KEY)


def test_a_server_that_is_silent_times_out(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        settings = get_settings(storage=f"s3://{moto_bucket.name}", store_timeout_s=0.2)
        with pytest.raises(StorageTimeout, match=moto_bucket.name):
            open_storage(settings).put(KEY, JPEG, "image/jpeg")


def test_a_server_that_is_gone_is_a_storage_error(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{probe.getsockname()[1]}")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(StorageError, match=moto_bucket.name):
        S3Storage(moto_bucket.name).get(KEY)


# What only a folder can do wrong


def test_a_file_is_readable_for_others_and_nothing_half_written_stays(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put(KEY, JPEG, "image/jpeg")

    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(file.stat().st_mode) == 0o666 & ~umask


def test_a_disk_that_takes_no_more_is_told_and_leaves_the_old_picture(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put("a/crop.jpg", b"old", "image/jpeg")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with pytest.raises(StorageError, match=r"cannot write .*a/crop\.jpg: File too large"):
            storage.put("a/crop.jpg", JPEG, "image/jpeg")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert storage.get("a/crop.jpg") == b"old"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["crop.jpg"]


def test_a_file_in_the_way_is_told(tmp_path: Path) -> None:
    storage = FolderStorage(tmp_path)
    storage.put("a/crop.jpg", b"old", "image/jpeg")
    for key in ("a/crop.jpg/deeper", "a/" + "x" * 300):
        with pytest.raises(StorageError, match="cannot write"):
            storage.put(key, JPEG, "image/jpeg")


def test_storage_errors_survive_pickling() -> None:
    for error in (
        KeyNotFound("a/b"),
        ObjectTooLarge("s3://a/b", 5),
        StorageTimeout("slow"),
        StorageError("bad", 503),
    ):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
