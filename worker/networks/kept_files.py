"""Files of the user's cache, found again by what they were made from.

A file's name holds a digest of that, so a stale one is never found, and nothing need be
invalidated. A file that is damaged or cannot be written costs time alone.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import structlog

from shared.storage.atomic_write import atomic_file

KEPT: Final = 4
"""How many files of one kind are kept: other weights, versions and precisions take turns."""

_DIGEST: Final = hashlib.sha256().digest_size

log = structlog.get_logger()


class KeptFiles:
    """What can be made again, kept in a folder.

    Args:
        folder: made when it is needed.
        suffix: of the files' names.
    """

    def __init__(self, folder: Path, suffix: str) -> None:
        self._folder = folder
        self._suffix = suffix

    def path(self, kind: str, made_from: Iterable[str]) -> Path:
        """Where a file of some kind lies, that was made from all this."""
        name = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:16]
        return self._folder / f"{kind}-{name}.{self._suffix}"

    def read(self, path: Path) -> bytes | None:
        """What was written there; None where nothing was, or it is damaged."""
        try:
            content = path.read_bytes()
        except OSError:
            return None
        kept = content[_DIGEST:]
        return kept if hashlib.sha256(kept).digest() == content[:_DIGEST] else None

    def write(self, kind: str, path: Path, content: bytes) -> None:
        """Keep this, if the folder can be written, and let the oldest files of its kind go."""
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with atomic_file(path) as file:
                file.write(hashlib.sha256(content).digest() + content)
            others = sorted(
                self._folder.glob(f"{kind}-*.{self._suffix}"), key=lambda each: each.stat().st_mtime
            )
            for old in others[:-KEPT]:
                old.unlink(missing_ok=True)
        except OSError as error:
            log.debug("not kept", path=str(path), reason=str(error))
