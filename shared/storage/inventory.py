"""What a storage holds, page by page, and deleting what is old of it."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol
from uuid import uuid4

from shared.errors import StorageError, StorageRefused
from shared.settings import Settings
from shared.storage.buckets import split_url
from shared.storage.s3 import client, failures

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import ObjectIdentifierTypeDef, ObjectTypeDef

PAGE: Final = 1000
"""Files of a page: as many as S3 lists, and deletes, with one request."""


class StoredFile(NamedTuple):
    """A file by its key, with its size in bytes; ``modified_at`` is in seconds since 1970."""

    key: str
    size: int
    modified_at: float


class Inventory(Protocol):
    """What lies in a storage.

    Both methods raise :class:`~shared.errors.StorageError` where the place fails or refuses.
    """

    is_exact: bool
    """Whether :meth:`delete` leaves a file that is stored again at the very same moment."""

    def pages(self, after: str = "") -> Iterator[list[StoredFile]]:
        """Yield all files in the order of their keys, from behind one on."""
        ...

    def delete(self, files: Sequence[StoredFile], before: float) -> Sequence[StoredFile]:
        """Delete files of a page that were last stored before a time; returns those that it did."""
        ...


def open_inventory(settings: Settings) -> Inventory:
    """Return the inventory of the storage that ``COLOURWAY_STORAGE`` names."""
    if settings.storage.startswith("s3://"):
        bucket, prefix = split_url(settings.storage)
        return S3Inventory(bucket, prefix, settings.store_timeout_s)
    return FolderInventory(Path(settings.storage))


class FolderInventory:
    """Files below a folder; folders that become empty are removed."""

    is_exact = True

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def pages(self, after: str = "") -> Iterator[list[StoredFile]]:
        """See :class:`Inventory`. A folder that does not exist holds nothing."""
        files = self._files("", after)
        while page := list(islice(files, PAGE)):
            yield page

    def delete(self, files: Sequence[StoredFile], before: float) -> Sequence[StoredFile]:
        """See :class:`Inventory`."""
        return [file for file in files if self._delete(self._root / file.key, before)]

    def _files(self, folder: str, after: str) -> Iterator[StoredFile]:
        # A folder sorts with the slash, so that files come in the order of their keys.
        for name, entry in sorted(self._entries(folder), key=itemgetter(0)):
            key = folder + name
            if name.endswith("/"):
                if key > after or after.startswith(key):
                    yield from self._files(key, after)
            elif key > after and entry.is_file(follow_symlinks=False):
                with suppress(FileNotFoundError):
                    found = entry.stat()
                    yield StoredFile(key, found.st_size, found.st_mtime)

    def _entries(self, folder: str) -> list[tuple[str, "os.DirEntry[str]"]]:
        path = self._root / folder
        try:
            with os.scandir(path) as entries:
                return [
                    (each.name + "/" * each.is_dir(follow_symlinks=False), each) for each in entries
                ]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise StorageError(f"cannot list {path}: {error.strerror}") from error

    def _delete(self, path: Path, before: float) -> bool:
        # What has this name now may not be what was listed. Under a name of our own it stays what
        # it is while we look; should we be killed here, the next run deletes it as unfinished.
        aside = path.with_name(f".{uuid4().hex}.unfinished")
        try:
            path.rename(aside)
            is_old = aside.stat().st_mtime < before
            if not is_old:
                with suppress(FileExistsError):  # stored once more: as good
                    path.hardlink_to(aside)
            aside.unlink()
        except FileNotFoundError:
            return False  # somebody else deletes as well
        except OSError as error:
            kind = StorageRefused if isinstance(error, PermissionError) else StorageError
            raise kind(f"cannot delete {path}: {error.strerror}") from error
        self._remove_empty_folders(path.parent)
        return is_old

    def _remove_empty_folders(self, folder: Path) -> None:
        with suppress(OSError):  # it holds something
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent


class S3Inventory:
    """Objects of a bucket, below a prefix.

    S3 can delete an object only by its name, so one that is stored again between being listed and
    being deleted, which takes two requests, is lost. In a bucket with versions all of them stay.
    """

    is_exact = False

    def __init__(self, bucket: str, prefix: str, timeout_s: float) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._url = f"s3://{bucket}/{self._prefix}"
        self._s3 = client(timeout_s)

    def pages(self, after: str = "") -> Iterator[list[StoredFile]]:
        """See :class:`Inventory`."""
        begin = self._prefix + after if after else ""
        listed = self._s3.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket,
            Prefix=self._prefix,
            StartAfter=begin,
            PaginationConfig={"PageSize": PAGE},
        )
        pages = iter(listed)
        while True:
            with failures(self._url):
                page = next(pages, None)
            if page is None:
                return
            yield [self._file(each) for each in page.get("Contents", ())]

    def delete(self, files: Sequence[StoredFile], before: float) -> Sequence[StoredFile]:
        """See :class:`Inventory`; ``before`` was compared when the page was listed."""
        if not files:
            return files
        names: list[ObjectIdentifierTypeDef] = [{"Key": self._prefix + file.key} for file in files]
        with failures(self._url):
            answer = self._s3.delete_objects(
                Bucket=self._bucket, Delete={"Objects": names, "Quiet": True}
            )
        for refused in answer.get("Errors", ()):
            name, word = refused.get("Key", ""), refused.get("Code", "")
            kind = StorageRefused if word == "AccessDenied" else StorageError
            raise kind(f"cannot delete s3://{self._bucket}/{name}: the server answered {word}")
        return files

    def _file(self, listed: "ObjectTypeDef") -> StoredFile:
        key, stored_at = listed.get("Key", ""), listed.get("LastModified")
        if stored_at is None:
            raise StorageError(f"{self._url}: the server does not say when {key!r} was stored")
        return StoredFile(key[len(self._prefix) :], listed.get("Size", 0), stored_at.timestamp())
