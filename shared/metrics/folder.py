"""The folder in which a family of processes counts: one file for each process and kind of metric.

prometheus_client reads all files at each scrape. It keeps those of processes that have died, since
a counter must not fall; a worker whose children die again and again would have ever more of them.
Here they are added into one file, and the folder goes with the process that made it.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Self, cast

from prometheus_client.mmap_dict import MmapedDict

PREFIX: Final = "colourway-metrics-"
_LOCK: Final = "lock"
_RETIRED: Final = "retired"
_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it


class MetricsFolder:
    """A folder that is this process's own, and its children's."""

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock = lock
        self._owner = os.getpid()

    @classmethod
    def make(cls, parent: Path | None = None) -> Self:
        """Make a folder, in memory where the system has a place for that.

        Folders of processes that were killed go.
        """
        where = parent or _place()
        _remove_abandoned(where)
        path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=where))
        lock = os.open(path / _LOCK, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        return cls(path, lock)

    def retire(self, pid: int) -> None:
        """Add what a process that has died had counted to that of all others that have."""
        for kind in ("counter", "histogram"):
            file = self.path / f"{kind}_{pid}.db"
            if not file.exists():
                continue
            if not file.stat().st_size:  # it died between making the file and sizing it
                file.unlink()
                continue
            kept = MmapedDict(str(self.path / f"{kind}_{_RETIRED}.db"))
            try:
                for key, value in _values(file):
                    kept.write_value(key, kept.read_value(key)[0] + value, 0.0)
            finally:
                kept.close()
                file.unlink()

    def remove(self) -> None:
        """Remove it; a child, which has inherited this object, leaves it alone."""
        if os.getpid() == self._owner:
            shutil.rmtree(self.path, ignore_errors=True)
            os.close(self._lock)


def _values(file: Path) -> Iterator[tuple[str, float]]:
    entries = cast(
        "Iterator[tuple[str, float, float, int]]",
        MmapedDict.read_all_values_from_file(str(file)),
    )
    for key, value, *_ in entries:
        yield key, value


def _place() -> Path:
    if os.access(_IN_MEMORY, os.W_OK | os.X_OK):
        return _IN_MEMORY  # nothing of it is ever written to a disk
    return Path(tempfile.gettempdir())


def _remove_abandoned(where: Path) -> None:
    for path in where.glob(f"{PREFIX}*"):
        try:
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:  # another user's; or one that is just being made or removed
            continue
        try:
            if path.stat().st_uid == os.getuid():
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except OSError:  # its process lives
            pass
        finally:
            os.close(lock)
