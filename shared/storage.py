"""Where crops are kept: a folder or an S3 bucket, behind one contract of four methods.

Keys come from the pictures' content, so putting twice writes the same bytes to the same place.
boto3 is imported when S3 is first used: nobody else needs it installed.
"""

import os
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from shared.errors import KeyNotFound, ObjectTooLarge, SettingsError, StorageError, StorageTimeout
from shared.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef

CHUNK_BYTES: Final = 1 << 16


class Storage(Protocol):
    """A place for pictures.

    A key is a relative path with ``/`` between its parts, none of them empty, ``.`` or ``..``.
    Every method raises :class:`~shared.errors.StorageError` where the key is none or the place
    fails.
    """

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store ``content`` under ``key``, whole or not at all; what stood there is replaced."""
        ...

    def get(self, key: str) -> bytes:
        """Return what is stored. Raises :class:`~shared.errors.KeyNotFound`."""
        ...

    def exists(self, key: str) -> bool:
        """Return whether something is stored under ``key``."""
        ...

    def link(self, key: str) -> str:
        """Return where a person or a program finds it: a file's path or an ``s3://`` URL."""
        ...


def open_storage(settings: Settings) -> Storage:
    """Return the storage that ``COLOURWAY_STORAGE`` names."""
    if settings.storage.startswith("s3://"):
        bucket, prefix = _split(settings.storage)
        return S3Storage(bucket, prefix, settings.store_timeout_s)
    return FolderStorage(Path(settings.storage))


class FolderStorage:
    """Keeps pictures as files below a folder, which is made when first needed.

    ``content_type`` is not kept: a file's ending tells it.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """See :class:`Storage`; the file appears under its name only when it is complete."""
        path = self._path(key)
        unfinished = path.with_name(f".{uuid4().hex}.unfinished")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_bytes(content)
            unfinished.replace(path)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise StorageError(f"cannot write {path}: {error.strerror}") from error

    def get(self, key: str) -> bytes:
        """See :class:`Storage`."""
        path = self._path(key)
        try:
            return path.read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            raise KeyNotFound(key) from None
        except OSError as error:
            raise StorageError(f"cannot read {path}: {error.strerror}") from error

    def exists(self, key: str) -> bool:
        """See :class:`Storage`."""
        return self._path(key).is_file()

    def link(self, key: str) -> str:
        """Return the file's absolute path."""
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*_parts(key))


class S3Storage:
    """Keeps pictures in a bucket, below a prefix; any server that speaks S3 will do.

    Endpoint, region and credentials are boto3's business (``AWS_…``). Threads may share one.
    The server may be silent for ``timeout_s`` seconds, and is asked up to three times.
    """

    def __init__(self, bucket: str, prefix: str = "", timeout_s: float = 20.0) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._s3 = _client(timeout_s)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """See :class:`Storage`."""
        name = self._name(key)
        with _failures(self.link(key)):
            self._s3.put_object(
                Bucket=self._bucket, Key=name, Body=content, ContentType=content_type
            )

    def get(self, key: str) -> bytes:
        """See :class:`Storage`."""
        name = self._name(key)
        with _failures(self.link(key), key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=name)
            with closing(answer["Body"]) as body:
                _length(answer, self.link(key))
                return body.read()

    def exists(self, key: str) -> bool:
        """See :class:`Storage`."""
        name = self._name(key)
        try:
            with _failures(self.link(key), key):
                self._s3.head_object(Bucket=self._bucket, Key=name)
        except KeyNotFound:
            return False
        return True

    def link(self, key: str) -> str:
        """Return the object's ``s3://`` URL."""
        return f"s3://{self._bucket}/{self._name(key)}"

    def _name(self, key: str) -> str:
        return "/".join([*filter(None, [self._prefix]), *_parts(key)])


def read_object(url: str, max_bytes: int, timeout_s: float = 60.0) -> bytes:
    """Return the content of an ``s3://bucket/key`` URL, of at most ``max_bytes`` bytes.

    The bytes are counted as they come. Raises :class:`~shared.errors.KeyNotFound`,
    :class:`~shared.errors.ObjectTooLarge`, :class:`~shared.errors.StorageTimeout` after
    ``timeout_s`` seconds in all, and :class:`~shared.errors.StorageError`, with the server's
    status, for whatever else goes wrong.
    """
    bucket, key = _split(url)
    if not key:
        raise StorageError(f"{url!r} names no object; write s3://bucket/key")
    deadline = time.monotonic() + timeout_s
    content = bytearray()
    with _failures(url, url):
        answer = _client(timeout_s).get_object(Bucket=bucket, Key=key)
        with closing(answer["Body"]) as body:
            if _length(answer, url) > max_bytes:
                raise ObjectTooLarge(url, max_bytes)
            for chunk in body.iter_chunks(CHUNK_BYTES):
                content += chunk
                if len(content) > max_bytes:
                    raise ObjectTooLarge(url, max_bytes)
                if time.monotonic() > deadline:
                    raise StorageTimeout(f"{url} took longer than {timeout_s:g} s")
    return bytes(content)


def _length(answer: "GetObjectOutputTypeDef", url: str) -> int:
    """Return how long the server says that an object is; 0 where it comes in chunks instead.

    Raises StorageError where it says neither: an answer that was cut off within its head looks like
    that, and reads as an object without content.
    """
    if "ContentLength" in answer:
        return answer["ContentLength"]
    if "transfer-encoding" in answer["ResponseMetadata"]["HTTPHeaders"]:
        return 0
    raise StorageError(f"{url}: the answer has no length; it may have been cut off")


def _split(url: str) -> tuple[str, str]:
    # Not through urlsplit's path alone: a key may hold "?" and "#".
    scheme, _, rest = url.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket or urlsplit(f"s3://{bucket}").netloc != bucket:
        raise StorageError(f"{url!r} is no S3 address; write s3://bucket/key")
    return bucket, key


def _parts(key: str) -> tuple[str, ...]:
    parts = key.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\\" in key or "\0" in key:
        raise StorageError(f"{key!r} is no key; write a relative path such as 'ab/abc/crop.jpg'")
    return tuple(parts)


@contextmanager
def _failures(url: str, key: str | None = None) -> Generator[None]:
    """Turn boto3's errors into ours; a missing object is a missing key where ``key`` is given."""
    from botocore.exceptions import (  # noqa: PLC0415 (see the head of this file)
        BotoCoreError,
        ClientError,
        ConnectTimeoutError,
        NoCredentialsError,
        ReadTimeoutError,
    )

    try:
        yield
    except ClientError as error:
        word = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if key is not None and word in {"NoSuchKey", "404", "NotFound"}:
            raise KeyNotFound(key) from None
        raise StorageError(f"{url}: the server answered {word} ({error})", status) from error
    except NoCredentialsError as error:
        raise StorageError(
            f"{url}: no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, "
            "or give this machine a role"
        ) from error
    except (ConnectTimeoutError, ReadTimeoutError) as error:
        raise StorageTimeout(f"{url}: {error}") from error
    except (BotoCoreError, ValueError) as error:  # a ValueError: a header that makes no sense
        raise StorageError(f"{url}: {error}") from error


def _client(timeout_s: float) -> "S3Client":
    """Return a client for the environment as it is now; making one costs a tenth of a second."""
    environment = tuple(sorted(pair for pair in os.environ.items() if pair[0][:4] == "AWS_"))
    return _client_for(environment, timeout_s)


@lru_cache(maxsize=4)
def _client_for(environment: tuple[tuple[str, str], ...], timeout_s: float) -> "S3Client":
    try:
        import boto3  # noqa: PLC0415 (see the head of this file)
        from botocore.config import Config  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SettingsError("s3:// needs boto3: pip install 'colourway[s3]'") from error
    config = Config(
        connect_timeout=min(5.0, timeout_s),
        read_timeout=timeout_s,
        retries={"mode": "standard", "max_attempts": 3},
        max_pool_connections=32,
        # Newer checksum headers are AWS's own; other servers store them as part of the picture.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    # A session of its own: boto3's default one is not made for threads.
    return boto3.session.Session().client("s3", config=config)
