"""Pictures that lie beside their feed: read from its folder, and from nowhere else."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from worker.stages.fetching.local_file import read_local_file


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
        return read_local_file(self._inside(reference), reference, max_bytes)

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


def _path_of(reference: str) -> str:
    if not reference.lower().startswith("file:"):
        return reference
    parts = urlsplit(reference)
    if parts.netloc not in ("", "localhost"):
        raise ValueError(f"a file on another host, {parts.netloc!r}")
    return unquote(parts.path)


def _fault(code: Code, message: str) -> StageError:
    return StageError(Stage.FETCH, code, message)
