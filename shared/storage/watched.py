"""A storage that can tell a picture's failure from its own, and be waited for.

Where a file cannot be stored, the storage is asked to take one that belongs to no picture and is as
large. If it takes that, the file was at fault; if not, the whole storage is: then nothing more is
sent to it until it takes such a file again (a circuit breaker).
"""

from threading import Event
from typing import Final

from shared.errors import StorageError, StorageRefused, StorageUnavailable
from shared.metrics import counting
from shared.outage import Outage, OutageWatch, Tell
from shared.settings import Settings
from shared.storage.storage import Storage, open_storage

PROBE_KEY: Final = "colourway-probe.txt"
"""Where the file lies that belongs to no picture. It may be deleted."""

PROBE: Final = b"Colourway asked with this file whether its store takes files. Delete it freely.\n"


class WatchedStorage:
    """Wraps a storage (:class:`~shared.storage.storage.Storage`). Threads may share one.

    ``probing`` is the same place, with little patience; without it, ``storage`` itself.
    """

    def __init__(self, storage: Storage, probing: Storage | None = None) -> None:
        self._storage = storage
        self._probing = probing or storage
        self._watch = OutageWatch()
        self._size = 0

    def put(self, key: str, content: bytes, content_type: str) -> None:
        """Store a file, as every storage does.

        Raises:
            StorageUnavailable: the storage takes nothing, whatever it is.
            StorageError: it does not take this file.
        """
        if (outage := self._watch.outage) is not None:
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
        if (outage := self._watch.look(lambda: self._ask_for(size))) is not None:
            raise StorageUnavailable(outage.reason, outage.refused)

    def wait(self, stop: Event, seconds: float, tell: Tell) -> bool:
        """Wait until the storage takes files; see :meth:`shared.outage.OutageWatch.wait`."""
        return self._watch.wait(self._ask, stop, seconds, tell)

    def _ask_for(self, size: int) -> Outage | None:
        self._size = size
        return self._ask()

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
