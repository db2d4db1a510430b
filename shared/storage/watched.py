"""A storage that can tell a picture's failure from its own, and be waited for.

Where a file cannot be stored, the storage is asked to take one that belongs to no picture and is as
large. If it takes that, the file was at fault; if not, the whole storage is: then nothing more is
sent to it until it takes such a file again (a circuit breaker).
"""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Lock
from time import monotonic
from typing import Final

from shared.errors import StorageError, StorageRefused, StorageUnavailable
from shared.metrics import counting
from shared.settings import Settings
from shared.storage.storage import Storage, open_storage

PROBE_KEY: Final = "colourway-probe.txt"
"""Where the file lies that belongs to no picture. It may be deleted."""

PROBE: Final = b"Colourway asked with this file whether its store takes files. Delete it freely.\n"

FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 15.0
"""How long a waiting worker pauses between two questions: at first, and at most."""


@dataclass(frozen=True, slots=True)
class Outage:
    """Why the storage takes nothing, in the storage's words; ``over_s`` once it took files again.

    ``refused`` says that the storage answers, and refuses. ``over_s`` is how long the outage
    lasted, in seconds, as far as this process saw it.
    """

    reason: str
    refused: bool
    over_s: float | None = None


Tell = Callable[[Outage], None]


class WatchedStorage:
    """Wraps a storage (:class:`~shared.storage.storage.Storage`). Threads may share one.

    ``probing`` is the same place, with little patience; without it, ``storage`` itself.
    """

    def __init__(self, storage: Storage, probing: Storage | None = None) -> None:
        self._storage = storage
        self._probing = probing or storage
        self._lock = Lock()
        self._outage: Outage | None = None
        self._began_at = 0.0
        self._size = 0
        self._told: Outage | None = None

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store a file, as every storage does.

        Raises:
            StorageUnavailable: the storage takes nothing, whatever it is.
            StorageError: it does not take this file.
        """
        if (outage := self._outage) is not None:
            raise StorageUnavailable(outage.reason, outage.refused)
        try:
            self._storage.put(key, content, content_type)
        except StorageError:
            self.require(len(content))
            # It takes files, so it may have been away for a moment only.
            self._storage.put(key, content, content_type)
        counting.stored(len(content))

    def get(self, key: str) -> bytes:
        """See :class:`~shared.storage.storage.Storage`."""
        return self._storage.get(key)

    def exists(self, key: str) -> bool:
        """See :class:`~shared.storage.storage.Storage`."""
        return self._storage.exists(key)

    def delete(self, key: str) -> None:
        """See :class:`~shared.storage.storage.Storage`."""
        self._storage.delete(key)

    def link(self, key: str) -> str:
        """See :class:`~shared.storage.storage.Storage`."""
        return self._storage.link(key)

    def require(self, size: int = 0) -> None:
        """Ask the storage for room for a file of ``size`` bytes, unless it is known to take none.

        Raises:
            StorageUnavailable: it takes none.
        """
        with self._lock:
            if self._outage is None:
                self._began_at, self._size = monotonic(), size
                self._outage = self._ask()
            if self._outage is not None:
                raise StorageUnavailable(self._outage.reason, self._outage.refused)

    def wait(self, stop: Event, seconds: float, tell: Tell) -> bool:
        """Wait until the storage takes files; at once where nothing else is known.

        Args:
            stop: ends the wait.
            seconds: how long to wait, about; a question that the storage leaves open takes longer.
            tell: hears once of each outage, of another reason for it, and of its end.

        Returns:
            Whether it takes files.
        """
        until, pause_s = monotonic() + seconds, FIRST_PAUSE_S
        while (outage := self._outage) is not None:
            if self._told is None or self._told.refused != outage.refused:
                self._told = outage
                tell(outage)
            left_s = until - monotonic()
            if left_s <= 0 or stop.wait(min(pause_s, left_s)):
                return False
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            with self._lock:
                self._outage = self._ask()
        if self._told is not None:
            tell(Outage(self._told.reason, self._told.refused, monotonic() - self._began_at))
            self._told = None
        return True

    def _ask(self) -> Outage | None:
        """Ask now; why it takes no files, or None where it does."""
        try:
            self._probing.put(PROBE_KEY, PROBE.ljust(self._size), "text/plain")
            if self._size > len(PROBE):
                self._probing.put(PROBE_KEY, PROBE, "text/plain")  # give the room back
        except StorageError as error:
            return Outage(str(error), isinstance(error, StorageRefused))
        return None


def watch_storage(settings: Settings) -> WatchedStorage:
    """Return the storage that ``COLOURWAY_STORAGE`` names, watched; a question is put once."""
    return WatchedStorage(open_storage(settings), open_storage(settings, attempts=1))
