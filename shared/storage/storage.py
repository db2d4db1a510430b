"""Where crops are kept: a folder or an S3 bucket, behind one contract of five methods.

Keys come from the pictures' content, so putting twice writes the same bytes to the same place.
"""

import errno
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Protocol
from uuid import uuid4

from shared.errors import KeyNotFound, StorageError, StorageRefused
from shared.settings import Settings
from shared.storage.buckets import split_url
from shared.storage.s3 import client, failures, length_of

_REFUSING: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


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

    def delete(self, key: str) -> None:
        """Remove what is stored under ``key``; that nothing was there is no error."""
        ...

    def link(self, key: str) -> str:
        """Return where a person or a program finds it: a file's path or an ``s3://`` URL."""
        ...


def open_storage(settings: Settings, attempts: int = 3) -> Storage:
    """Return the storage that ``COLOURWAY_STORAGE`` names; S3 is asked up to ``attempts`` times."""
    if settings.storage.startswith("s3://"):
        bucket, prefix = split_url(settings.storage)
        return S3Storage(bucket, prefix, settings.store_timeout_s, attempts)
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
            try:
                self._write(path, unfinished, content)
            except FileNotFoundError:  # the empty folder was removed just now: see the inventory
                self._write(path, unfinished, content)
        except OSError as error:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            kind = StorageRefused if error.errno in _REFUSING else StorageError
            raise kind(f"cannot write {path}: {error.strerror}") from error

    @staticmethod
    def _write(path: Path, unfinished: Path, content: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)

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

    def delete(self, key: str) -> None:
        """See :class:`Storage`; folders stay."""
        path = self._path(key)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            kind = StorageRefused if error.errno in _REFUSING else StorageError
            raise kind(f"cannot delete {path}: {error.strerror}") from error

    def link(self, key: str) -> str:
        """Return the file's absolute path."""
        return str(self._path(key))

    def _path(self, key: str) -> Path:
        return self._root.joinpath(*_parts(key))


class S3Storage:
    """Keeps pictures in a bucket, below a prefix; any server that speaks S3 will do.

    Endpoint, region and credentials are boto3's business (``AWS_…``). Threads may share one.
    The server may be silent for ``timeout_s`` seconds, and is asked up to ``attempts`` times.
    """

    def __init__(
        self, bucket: str, prefix: str = "", timeout_s: float = 20.0, attempts: int = 3
    ) -> None:
        self._bucket = bucket
        self._prefix = prefix.strip("/")
        self._s3 = client(timeout_s, attempts)

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """See :class:`Storage`."""
        name = self._name(key)
        with failures(self.link(key)):
            self._s3.put_object(
                Bucket=self._bucket, Key=name, Body=content, ContentType=content_type
            )

    def get(self, key: str) -> bytes:
        """See :class:`Storage`."""
        name = self._name(key)
        with failures(self.link(key), key):
            answer = self._s3.get_object(Bucket=self._bucket, Key=name)
            with closing(answer["Body"]) as body:
                length_of(answer, self.link(key))
                return body.read()

    def exists(self, key: str) -> bool:
        """See :class:`Storage`."""
        name = self._name(key)
        try:
            with failures(self.link(key), key):
                self._s3.head_object(Bucket=self._bucket, Key=name)
        except KeyNotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        """See :class:`Storage`; in a bucket with versions, the earlier ones stay."""
        name = self._name(key)
        with failures(self.link(key)):
            self._s3.delete_object(Bucket=self._bucket, Key=name)

    def link(self, key: str) -> str:
        """Return the object's ``s3://`` URL."""
        return f"s3://{self._bucket}/{self._name(key)}"

    def _name(self, key: str) -> str:
        return "/".join([*filter(None, [self._prefix]), *_parts(key)])


def _parts(key: str) -> tuple[str, ...]:
    parts = key.split("/")
    if any(part in {"", ".", ".."} for part in parts) or "\\" in key or "\0" in key:
        raise StorageError(f"{key!r} is no key; write a relative path such as 'ab/abc/crop.jpg'")
    return tuple(parts)
