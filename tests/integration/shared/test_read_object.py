"""Reading pictures that lie in a bucket: whole, in time, and no larger than allowed."""

import gc
import hashlib
import socket
import threading

import pytest

from shared.errors import (
    KeyNotFound,
    ObjectTooLarge,
    StorageError,
    StorageTimeout,
)
from shared.storage.s3 import read_object
from shared.storage.storage import S3Storage
from tests.support.pictures import JPEG
from tests.support.services.s3 import Bucket


def test_an_object_is_read_up_to_its_limit(bucket: Bucket) -> None:
    S3Storage(bucket.name).put("photos/a b?c#d.jpg", JPEG, "image/jpeg")
    url = f"s3://{bucket.name}/photos/a b?c#d.jpg"

    content, etag = read_object(url, len(JPEG))
    assert content == JPEG
    assert etag == f'"{hashlib.md5(JPEG, usedforsecurity=False).hexdigest()}"'
    with pytest.raises(ObjectTooLarge, match="larger than the 76,803 bytes") as caught:
        read_object(url, len(JPEG) - 1)
    assert caught.value.max_bytes == len(JPEG) - 1


def test_an_object_that_is_known_need_not_come_again(moto_bucket: Bucket) -> None:
    storage, url = S3Storage(moto_bucket.name), f"s3://{moto_bucket.name}/a.jpg"
    storage.put("a.jpg", JPEG, "image/jpeg")
    etag = read_object(url, len(JPEG)).etag

    assert read_object(url, len(JPEG), known_etag=etag) == (None, etag)
    assert read_object(url, len(JPEG), known_etag='"another"').content == JPEG
    storage.put("a.jpg", JPEG[:-1], "image/jpeg")
    assert read_object(url, len(JPEG), known_etag=etag).content == JPEG[:-1]


def test_a_missing_object_is_a_missing_key(bucket: Bucket) -> None:
    url = f"s3://{bucket.name}/nothing.jpg"
    with pytest.raises(KeyNotFound) as caught:
        read_object(url, 1000)
    assert caught.value.key == url


@pytest.mark.parametrize("url", ["s3://", "s3:///key", "s3://bucket", "s3://bucket/", "http://a/b"])
def test_what_names_no_object_is_told(url: str) -> None:
    with pytest.raises(StorageError, match="s3://bucket/key"):
        read_object(url, 1000)


def test_a_body_that_comes_too_slowly_times_out(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            head = "HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n"
            try:
                connection.sendall(head.encode())
                while True:
                    connection.sendall(bytes(70_000))
                    threading.Event().wait(0.05)
            except OSError:
                pass

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.getsockname()[1]}")
    with pytest.raises(StorageTimeout, match=r"longer than 0\.2 s"):
        read_object(f"s3://{moto_bucket.name}/slow.jpg", 20_000_000, timeout_s=0.2)
    server.close()
    thread.join(5)


# botocore leaves the connection open when it cannot read a date in the head.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize(
    "answer",
    [
        b"Content-Length: 1000\r\n\r\nhalf a picture",
        b"Transfer-Encoding: chunked\r\n\r\nff\r\nhalf a picture",
        b"Content-Le",  # would pass for an object without content
        b"Content-Length: 14\r\nLast-Modified: whenever\r\n\r\nhalf a picture",
    ],
    ids=["body", "chunks", "head", "nonsense"],
)
def test_an_answer_that_is_not_whole_is_no_picture(
    moto_bucket: Bucket, monkeypatch: pytest.MonkeyPatch, answer: bytes
) -> None:
    server = socket.create_server(("127.0.0.1", 0))

    def cut_off() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n" + answer)

    thread = threading.Thread(target=cut_off, daemon=True)
    thread.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{server.getsockname()[1]}")
    with pytest.raises(StorageError) as caught:
        read_object(f"s3://{moto_bucket.name}/cut.jpg", 20_000_000)
    assert caught.value.status is None
    server.close()
    thread.join(5)
    del caught
    gc.collect()  # or the connection is told of at the run's end, if this is its last test
