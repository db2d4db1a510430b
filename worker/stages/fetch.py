"""The fetch stage: a picture's URL becomes its bytes, or a reason why not."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from shared.contracts import Code, Stage
from shared.errors import KeyNotFound, ObjectTooLarge, StageError, StorageError, StorageTimeout
from shared.settings import Settings
from worker.stages.connections import Deadline
from worker.stages.download import Downloader
from worker.stages.feed_folder import FeedFolder
from worker.stages.sniff import sniff
from worker.stages.urls import scheme_of, show_url


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture as it came.

    ``content_type`` is judged by content. ``url`` is where it was found after redirects, without
    user and password; its query may be a signature, so show it through ``urls.show_url``.
    """

    content: bytes
    sha256: str
    content_type: str
    url: str


class Fetcher:
    """Fetches pictures from web servers, from S3 and, in embedded mode, from the feed's folder.

    One for a process: it pools its connections and may be called from many threads.
    """

    def __init__(self, settings: Settings, feed_folder: Path | None = None) -> None:
        """Without ``feed_folder`` no local file is ever read."""
        self._settings = settings
        self._downloader = Downloader(settings)
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
        url = url.strip()
        max_bytes = self._settings.max_image_bytes
        match scheme_of(url):
            case "http" | "https":
                content, found_at = self._downloader.get(url)
            case "s3":
                content, found_at = self._from_s3(url), url
            case "" | "file" if url:
                content, found_at = self._folder(url).read(url, max_bytes), url
            case _:
                message = f"{show_url(url)!r}: only http, https and s3 pictures are fetched"
                raise StageError(Stage.FETCH, Code.FETCH_BAD_URL, message)
        sha256 = hashlib.sha256(content).hexdigest()
        return Fetched(content, sha256, sniff(content).content_type, found_at)

    def _from_s3(self, url: str) -> bytes:
        # Here, because a worker that meets no s3:// picture needs no boto3.
        from shared.storage import read_object  # noqa: PLC0415

        settings = self._settings
        deadline = Deadline(settings.fetch_timeout_s)
        bucket, _, key = url[len("s3://") :].partition("/")
        if not bucket or not key or not url.lower().startswith("s3://"):
            message = f"{show_url(url)!r} names no object; write s3://bucket/key"
            raise StageError(Stage.FETCH, Code.FETCH_BAD_URL, message)
        try:
            return deadline.wait_for(
                lambda: read_object(
                    f"s3://{bucket}/{key}", settings.max_image_bytes, settings.fetch_timeout_s
                )
            )
        except (StorageError, TimeoutError) as error:
            raise _s3_fault(url, error, settings) from error

    def _folder(self, reference: str) -> FeedFolder:
        if self._feed_folder is None:
            message = (
                f"{show_url(reference)!r} is a local file; only `colourway run` reads those, below "
                "the feed's folder: give an http, https or s3 URL"
            )
            raise StageError(Stage.FETCH, Code.FETCH_OUTSIDE_FEED, message)
        return self._feed_folder


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
