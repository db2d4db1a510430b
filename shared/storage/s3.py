"""Objects in S3, or in any server that speaks it: boto3's client, and its errors as ours.

boto3 is imported when S3 is first used, so it need not be installed for anything else.
"""

import os
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple
from urllib.parse import urlsplit

from shared.errors import (
    KeyNotFound,
    ObjectTooLarge,
    SettingsError,
    StorageError,
    StorageRefused,
    StorageTimeout,
)
from shared.storage.buckets import split_url

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

CHUNK_BYTES: Final = 1 << 16

COPY_TIMEOUT_S: Final = 20.0
"""How long a server may be silent while an object is copied."""


def copy_object(url: str, file: BinaryIO) -> None:
    """Write the content of an ``s3://bucket/key`` URL, however long it is, to a file.

    Raises :class:`~shared.errors.KeyNotFound`, and :class:`~shared.errors.StorageError` for
    whatever else goes wrong.
    """
    bucket, key = split_url(url)
    if not key:
        raise StorageError(f"{url!r} names no object; write s3://bucket/key")
    with failures(url, url):
        client(COPY_TIMEOUT_S).download_fileobj(bucket, key, file)


class ObjectRead(NamedTuple):
    """An object's content, None where it is the one that is known, and its ETag."""

    content: bytes | None
    etag: str | None


def read_object(
    url: str, max_bytes: int, timeout_s: float = 60.0, known_etag: str | None = None
) -> ObjectRead:
    """Return the content of an ``s3://bucket/key`` URL, of at most ``max_bytes`` bytes.

    With ``known_etag`` the server need not send the object that has it; some send it all the same.
    The bytes are counted as they come. Raises :class:`~shared.errors.KeyNotFound`,
    :class:`~shared.errors.ObjectTooLarge`, :class:`~shared.errors.StorageTimeout` after
    ``timeout_s`` seconds in all, and :class:`~shared.errors.StorageError`, with the server's
    status, for whatever else goes wrong.
    """
    bucket, key = split_url(url)
    if not key:
        raise StorageError(f"{url!r} names no object; write s3://bucket/key")
    deadline = time.monotonic() + timeout_s
    content = bytearray()
    with failures(url, url):
        answer = _get_object(bucket, key, known_etag, timeout_s)
        if answer is None:
            return ObjectRead(None, known_etag)
        with closing(answer["Body"]) as body:
            if length_of(answer, url) > max_bytes:
                raise ObjectTooLarge(url, max_bytes)
            for chunk in body.iter_chunks(CHUNK_BYTES):
                content += chunk
                if len(content) > max_bytes:
                    raise ObjectTooLarge(url, max_bytes)
                if time.monotonic() > deadline:
                    raise StorageTimeout(f"{url} took longer than {timeout_s:g} s")
    return ObjectRead(bytes(content), answer.get("ETag"))


class ObjectHead(NamedTuple):
    """An object's ETag without its quotes, and its version where its bucket keeps versions."""

    etag: str | None
    version: str | None


def head_object(url: str, timeout_s: float) -> ObjectHead:
    """Return what the server says of the object of an ``s3://bucket/key`` URL.

    Raises :class:`~shared.errors.KeyNotFound` where the bucket is there without the object, and
    otherwise as :func:`read_object` does.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 (see the head of this file)

    bucket, key = split_url(url)
    asked = client(timeout_s)
    with failures(url, url):
        try:
            head = asked.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") != 404:
                raise
            # Only the answer to a GET says whether it is the object or its bucket that is missing.
            head = asked.get_object(Bucket=bucket, Key=key)
            head["Body"].close()
    return ObjectHead((head.get("ETag") or "").strip('"') or None, head.get("VersionId"))


def is_amazon(timeout_s: float) -> bool:
    """Say whether the environment names no other server than Amazon's."""
    host = urlsplit(client(timeout_s).meta.endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def may_answer_later(error: StorageError) -> bool:
    """Say whether a request failed for want of an answer, so that it may be sent again."""
    from botocore.exceptions import (  # noqa: PLC0415 (see the head of this file)
        ConnectionError,
        HTTPClientError,
    )

    if error.status is not None:
        return error.status == 429 or error.status >= 500
    return isinstance(error, StorageTimeout) or isinstance(
        error.__cause__, ConnectionError | HTTPClientError
    )


def _get_object(
    bucket: str, key: str, known_etag: str | None, timeout_s: float
) -> "GetObjectOutputTypeDef | None":
    """Ask for an object; None says that it still has the ETag that is known."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 (see the head of this file)

    if known_etag is None:
        return client(timeout_s).get_object(Bucket=bucket, Key=key)
    try:
        return client(timeout_s).get_object(Bucket=bucket, Key=key, IfNoneMatch=known_etag)
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == 304:
            return None
        raise


def length_of(answer: "GetObjectOutputTypeDef", url: str) -> int:
    """Return how long the server says that an object is; 0 where it comes in chunks instead.

    Raises StorageError where it says neither: an answer that was cut off within its head looks like
    that, and reads as an object without content.
    """
    if "ContentLength" in answer:
        return answer["ContentLength"]
    if "transfer-encoding" in answer["ResponseMetadata"]["HTTPHeaders"]:
        return 0
    raise StorageError(f"{url}: the answer has no length; it may have been cut off")


@contextmanager
def failures(url: str, key: str | None = None) -> Generator[None]:
    """Raise boto3's errors as ours; a missing object is a missing key where ``key`` is given."""
    from botocore.exceptions import (  # noqa: PLC0415 (see the head of this file)
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        NoCredentialsError,
        PartialCredentialsError,
        ReadTimeoutError,
    )

    try:
        yield
    except ClientError as error:
        word = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if key is not None and word in {"NoSuchKey", "404", "NotFound"}:
            raise KeyNotFound(key) from None
        kind = StorageRefused if _refuses(status) else StorageError
        raise kind(f"{url}: the server answered {word} ({error})", status) from error
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise StorageRefused(
            f"{url}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or give this machine a role"
        ) from error
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise StorageTimeout(f"{url}: {error}") from error
    except (BotoCoreError, ValueError) as error:  # a ValueError: a header that makes no sense
        raise StorageError(f"{url}: {error}") from error


def _refuses(status: int | None) -> bool:
    """Say whether a status blames the request: its rights, its bucket, its credentials."""
    return status is not None and 300 <= status < 500 and status not in (408, 429)


def client(timeout_s: float, attempts: int = 3) -> "S3Client":
    """Return a client for the environment as it is now; making one costs a tenth of a second.

    A request is made ``attempts`` times before it counts as failed.
    """
    environment = tuple(sorted(pair for pair in os.environ.items() if pair[0][:4] == "AWS_"))
    return _client_for(environment, timeout_s, attempts)


@lru_cache(maxsize=8)
def _client_for(
    environment: tuple[tuple[str, str], ...], timeout_s: float, attempts: int
) -> "S3Client":
    try:
        import boto3  # noqa: PLC0415 (see the head of this file)
        from botocore.config import Config  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsError("s3:// needs boto3: pip install 'colourway[s3]'") from error
    config = Config(
        connect_timeout=min(5.0, timeout_s),
        read_timeout=timeout_s,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=32,
        # Newer checksum headers are AWS's own; other servers store them as part of the picture.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    # A session of its own: boto3's default one is not made for threads.
    return boto3.session.Session().client("s3", config=config)
