"""The fetch stage: a picture's URL becomes its bytes, or a reason why not."""

import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.stages import Code, Stage
from shared.errors import (
    KeyNotFound,
    ObjectTooLarge,
    StageError,
    StorageError,
    StorageTimeout,
    StorageUnavailable,
)
from shared.redaction import show_url
from shared.settings import Settings
from shared.storage.buckets import SCHEME, AllowedBuckets, split_url
from shared.storage.watched import WatchedStorage
from worker.stages.decoding.sniff import sniff
from worker.stages.fetching.connections import Deadline
from worker.stages.fetching.download import Downloader
from worker.stages.fetching.feed_folder import FeedFolder
from worker.stages.fetching.urls import scheme_of
from worker.stages.fetching.validators import is_etag


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture as it came.

    ``content_type`` is judged by content. ``url`` is where it was found after redirects, without
    user and password; its query may be a signature, so show it through ``urls.show_url``. ``seen``
    is what to ask by the next time.
    """

    content: bytes
    sha256: str
    content_type: str
    url: str
    seen: SourceFingerprint = field(default_factory=SourceFingerprint)


class _Came(NamedTuple):
    """What a source sent: bytes, or None for those that are known; ``seen`` lacks their sha256."""

    content: bytes | None
    url: str
    seen: SourceFingerprint


class Fetcher:
    """Fetches pictures from web servers, from S3 and, in embedded mode, from the feed's folder.

    One for a process: it pools its connections and may be called from many threads.
    """

    def __init__(self, settings: Settings, feed_folder: Path | None = None) -> None:
        """Without ``feed_folder`` no local file is ever read."""
        self._settings = settings
        self._downloader = Downloader(settings)
        self._buckets = AllowedBuckets.from_settings(settings)
        self._feed_folder = FeedFolder(feed_folder) if feed_folder else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._downloader.close()

    def fetch(self, url: str) -> Fetched:
        """Fetch one picture, whole and within the bounds of the settings.

        Args:
            url: ``http://…``, ``https://…``, ``s3://bucket/key``, or, with a feed folder, a path
                relative to it or a ``file:`` URL.

        Returns:
            The bytes and what they look like; whether they are a picture is for ``decode``.

        Raises:
            StageError: with a ``fetch_…`` code. ``retry`` is set for timeouts, unreachable
                servers, 408, 429, 5xx and broken transfers, with ``retry_after_s`` where the
                server named a wait. Messages show URLs without credentials and queries.
        """
        fetched = self.fetch_if_changed(url, SourceFingerprint())
        assert isinstance(fetched, Fetched)  # nothing equals an empty fingerprint
        return fetched

    def fetch_if_changed(self, url: str, known: SourceFingerprint) -> Fetched | SourceFingerprint:
        """Fetch one picture, unless it is still the one that was seen.

        The server is asked whether it has changed, where it has given something to ask by; a server
        that sends it all the same, or has given nothing, costs the bytes, which are then compared.

        Args:
            url: as for :meth:`fetch`.
            known: what was last seen there.

        Returns:
            The picture; or, where it is the same, what to ask by the next time.

        Raises:
            StageError: as for :meth:`fetch`.
        """
        came = self._get(url.strip(), known)
        if came.content is None:
            return _renewed(known, came.seen)
        sha256 = hashlib.sha256(came.content).hexdigest()
        seen = replace(came.seen, sha256=sha256)
        if sha256 == known.sha256:
            return seen
        return Fetched(came.content, sha256, sniff(came.content).content_type, came.url, seen)

    def _get(self, url: str, known: SourceFingerprint) -> _Came:
        match scheme_of(url):
            case "http" | "https":
                content, found_at, (etag, modified), place = self._downloader.get(url, known)
                return _Came(content, found_at, SourceFingerprint(None, etag, modified, place))
            case "s3":
                return self._from_s3(url, known)
            case "" | "file" if url:
                content = self._folder(url).read(url, self._settings.max_image_bytes)
                return _Came(content, url, SourceFingerprint())
            case _:
                message = f"{show_url(url)!r}: only http, https and s3 pictures are fetched"
                raise StageError(Stage.FETCH, Code.FETCH_BAD_URL, message)

    def _from_s3(self, url: str, known: SourceFingerprint) -> _Came:
        # Here, because a worker that meets no s3:// picture needs no boto3.
        from shared.storage.s3 import read_object  # noqa: PLC0415

        settings = self._settings
        deadline = Deadline(settings.fetch_timeout_s)
        address = self._s3_address(url)
        try:
            content, etag = deadline.wait_for(
                lambda: read_object(
                    address,
                    settings.max_image_bytes,
                    settings.fetch_timeout_s,
                    known.etag if is_etag(known.etag) else None,
                )
            )
        except (StorageError, TimeoutError) as error:
            raise _s3_fault(url, error, settings) from error
        return _Came(content, url, SourceFingerprint(etag=etag if is_etag(etag) else None))

    def _s3_address(self, url: str) -> str:
        """Return an S3 URL that may be asked for, its scheme in small letters."""
        address = SCHEME + url[len(SCHEME) :] if url[: len(SCHEME)].lower() == SCHEME else url
        try:
            bucket, key = split_url(address)
            self._buckets.check(bucket)
        except StorageError as error:
            raise StageError(Stage.FETCH, Code.FETCH_BAD_URL, str(error)) from None
        if not key:
            message = f"{show_url(url)!r} names no object; write s3://bucket/key"
            raise StageError(Stage.FETCH, Code.FETCH_BAD_URL, message)
        return address

    def _folder(self, reference: str) -> FeedFolder:
        if self._feed_folder is None:
            message = (
                f"{show_url(reference)!r} is a local file; only `colourway run` reads those, below "
                "the feed's folder: give an http, https or s3 URL"
            )
            raise StageError(Stage.FETCH, Code.FETCH_OUTSIDE_FEED, message)
        return self._feed_folder


def picture_or_store(error: StageError, url: str, storage: WatchedStorage) -> StageError:
    """Say who is at fault where a picture was not fetched: it, or the store as a whole.

    Pictures and crops share one S3 server, so where that takes no files, none of its pictures is
    at fault.

    Returns:
        ``store_unavailable``, or the error as it came.
    """
    if not error.retry or scheme_of(url.strip()) != "s3":
        return error
    try:
        storage.require()
    except StorageUnavailable as away:
        message = f"{error.message}; and the store takes no files: {away}"
        return StageError(Stage.FETCH, Code.STORE_UNAVAILABLE, message, retry=True)
    return error


def _renewed(known: SourceFingerprint, said: SourceFingerprint) -> SourceFingerprint:
    """What to ask by after a server said that nothing has changed; it may say so and no more."""
    if said.etag is None and said.last_modified is None:
        return known
    return replace(said, sha256=known.sha256)


def _s3_fault(url: str, error: StorageError | TimeoutError, settings: Settings) -> StageError:
    match error:
        case KeyNotFound():
            code, message, retry = Code.FETCH_NOT_FOUND, f"there is no {url}", False
        case ObjectTooLarge():
            code, retry = Code.FETCH_TOO_LARGE, False
            message = f"{error} (COLOURWAY_MAX_IMAGE_BYTES)"
        case StorageTimeout() | TimeoutError():
            code, retry = Code.FETCH_TIMEOUT, True
            message = (
                f"{url} did not come within {settings.fetch_timeout_s:g} s "
                "(COLOURWAY_FETCH_TIMEOUT_S)"
            )
        case StorageError(status=401 | 403):
            code, message, retry = Code.FETCH_DENIED, str(error), False
        case StorageError(status=404):
            code, message, retry = Code.FETCH_NOT_FOUND, str(error), False
        case StorageError(status=int() as status) if 400 <= status < 500:
            code, message, retry = Code.FETCH_REJECTED, str(error), False
        case StorageError(status=int()):
            code, message, retry = Code.FETCH_SERVER_ERROR, str(error), True
        case _:
            code, message, retry = Code.FETCH_UNREACHABLE, str(error), True
    return StageError(Stage.FETCH, code, message, retry)
