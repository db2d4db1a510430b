"""Pictures that lie beside their feed: read from its folder, and from nowhere else."""

import os
import stat
from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.contracts.stages import Code, Stage
from shared.errors import StageError


class FeedFolder:
    """The folder of a feed, in embedded mode."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def read(self, reference: str, max_bytes: int) -> bytes:
        """Read a picture.

        Args:
            reference: a path relative to the folder, taken letter by letter, or a ``file:`` URL.
            max_bytes: the most that the file may hold.

        Raises:
            StageError: ``fetch_outside_feed`` where the path, with every symbolic link followed,
                leaves the folder; ``fetch_not_found``, ``fetch_denied``, ``fetch_too_large``, or
                ``fetch_bad_url`` for what is no path at all. None is worth a retry.
        """
        path = self._inside(reference)
        try:
            return self._content(path, reference, max_bytes)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise _fault(Code.FETCH_NOT_FOUND, f"there is no file {reference!r}") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise _fault(Code.FETCH_DENIED, f"{reference!r} cannot be read: {reason}") from error

    def _inside(self, reference: str) -> Path:
        try:
            path = (self._root / _path_of(reference)).resolve()
        except (ValueError, OSError, RuntimeError) as error:  # a zero byte, a loop of links
            message = f"{reference[:200]!r} is no path: {error}"
            raise _fault(Code.FETCH_BAD_URL, message) from None
        if not path.is_relative_to(self._root):
            raise _fault(
                Code.FETCH_OUTSIDE_FEED,
                f"{reference!r} lies outside the feed's folder; put the picture below it",
            )
        return path

    def _content(self, path: Path, reference: str, max_bytes: int) -> bytes:
        # The path is resolved: a link that stands there now was put there since. A pipe must not
        # make us wait for its writer.
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(file, "rb") as opened:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise _fault(Code.FETCH_NOT_FOUND, f"{reference!r} is not a file")
            content = opened.read(max_bytes + 1)
        if len(content) > max_bytes:
            raise _fault(
                Code.FETCH_TOO_LARGE,
                f"{reference!r} is larger than the cap of {max_bytes} bytes "
                "(COLOURWAY_MAX_IMAGE_BYTES)",
            )
        return content


def _path_of(reference: str) -> str:
    if not reference.lower().startswith("file:"):
        return reference
    parts = urlsplit(reference)
    if parts.netloc not in ("", "localhost"):
        raise ValueError(f"a file on another host, {parts.netloc!r}")
    return unquote(parts.path)


def _fault(code: Code, message: str) -> StageError:
    return StageError(Stage.FETCH, code, message)
