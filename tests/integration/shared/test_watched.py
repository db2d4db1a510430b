"""A store that is away, or refuses, is told from a file that it does not take; and waited for."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest

from shared.errors import StorageError, StorageRefused, StorageUnavailable
from shared.outage import Outage
from shared.settings import get_settings
from shared.storage.storage import FolderStorage, S3Storage
from shared.storage.watched import PROBE, PROBE_KEY, WatchedStorage, watch_storage
from tests.chaos.servers.s3_proxy import Fault, S3Proxy
from tests.support.services import free_port
from tests.support.services.s3 import Bucket

JPEG = b"\xff\xd8\xff\xe0" + bytes(5000)
FOREVER_S = 60.0


class PickyStorage(FolderStorage):
    """A folder that does not take what lies under one key."""

    def put(self, key: str, content: bytes, content_type: str) -> None:
        if key == "bad.jpg":
            raise StorageError("no")
        super().put(key, content, content_type)


def put(storage: WatchedStorage, key: str = "crop.jpg") -> StorageUnavailable | None:
    try:
        storage.put(key, JPEG, "image/jpeg")
    except StorageUnavailable as error:
        return error
    return None


def test_a_file_that_is_not_taken_is_its_own_fault(tmp_path: Path) -> None:
    storage = WatchedStorage(PickyStorage(tmp_path))

    with pytest.raises(StorageError, match=r"^no$") as caught:
        storage.put("bad.jpg", JPEG, "image/jpeg")

    assert not isinstance(caught.value, StorageUnavailable)
    assert put(storage) is None
    assert (tmp_path / PROBE_KEY).read_bytes() == PROBE


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let this process write no larger files, as where a disk is nearly full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_the_question_is_as_large_as_the_file(tmp_path: Path) -> None:
    storage = WatchedStorage(FolderStorage(tmp_path))
    with largest_file(len(JPEG) - 1):
        error = put(storage)
    assert error is not None
    assert not error.refused
    assert list(tmp_path.iterdir()) == []

    assert storage.wait(Event(), FOREVER_S, lambda _: None)
    assert put(storage) is None


def test_a_store_that_is_away_is_waited_for_and_told_of_once(
    rclone_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = int(rclone_bucket.endpoint.rpartition(":")[2])
    proxy = S3Proxy(target, late_s=0)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{proxy.port}")
    storage = watch_storage(
        get_settings(storage=f"s3://{rclone_bucket.name}/shop", store_timeout_s=10)
    )
    told: list[Outage] = []
    try:
        assert storage.wait(Event(), 0, told.append)
        proxy.inject(Fault.ERROR, "PUT")
        error = put(storage)
        assert error is not None
        assert not error.refused
        hits = proxy.hits["PUT", Fault.ERROR]
        assert put(storage) is not None  # and no request was made
        assert proxy.hits["PUT", Fault.ERROR] == hits
        assert not storage.wait(Event(), 0, told.append)
        assert not storage.wait(Event(), 0, told.append)
        assert [(each.refused, each.over_s) for each in told] == [(False, None)]

        proxy.inject(Fault.DENIED, "PUT")
        assert not storage.wait(Event(), 1.1, told.append)
        assert put(storage) is not None
        proxy.heal()
        assert storage.wait(Event(), FOREVER_S, told.append)
        assert put(storage) is None
    finally:
        proxy.close()
    assert [each.refused for each in told] in ([False, False], [False, True, True])
    assert told[-1].over_s is not None


def test_a_stop_ends_the_wait(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    storage, stop, ended = WatchedStorage(FolderStorage(file)), Event(), Event()
    assert put(storage) is not None

    def wait() -> None:
        if not storage.wait(stop, FOREVER_S, lambda _: None):
            ended.set()

    Thread(target=wait, daemon=True).start()
    assert not ended.wait(0.05)
    stop.set()
    assert ended.wait(5)


def test_a_store_that_refuses_is_told_from_one_that_is_away(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = WatchedStorage(S3Storage(f"{moto_bucket.name}-none"))
    error = put(missing)
    assert error is not None
    assert error.refused
    assert "NoSuchBucket" in str(error)
    with pytest.raises(StorageRefused):
        S3Storage(f"{moto_bucket.name}-none").put("crop.jpg", JPEG, "image/jpeg")

    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{free_port()}")
    error = put(WatchedStorage(S3Storage(moto_bucket.name, attempts=1)))
    assert error is not None
    assert not error.refused
