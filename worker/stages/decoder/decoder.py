"""The worker's decoder: pictures decoded in processes apart, or inline where a setting says so."""

from threading import Event, Lock
from typing import Final, Protocol
from weakref import WeakValueDictionary

from shared.outage import Tell
from shared.settings import Settings
from worker.cores import usable_cores
from worker.stages.decode import decode_with_alpha
from worker.stages.decoder.limits import DecoderLimits
from worker.stages.decoder.pool import DecoderPool
from worker.stages.decoding.decoded import Decoded


class PictureDecoder(Protocol):
    """Decodes pictures within the worker's limits; may be called from threads."""

    def decode(self, content: bytes, wanted_side: int | None = None) -> Decoded:
        """Decode one picture, as :func:`worker.stages.decode.decode_with_alpha` does."""
        ...

    def start(self) -> None:
        """Begin what takes a while to begin, without waiting for it."""
        ...

    def require(self) -> None:
        """Wait for it. Raises SettingsError where pictures cannot be decoded at all."""
        ...

    def wait(self, stop: Event, seconds: float, tell: Tell) -> bool:
        """Wait until pictures can be decoded; see :meth:`shared.outage.OutageWatch.wait`."""
        ...

    def close(self) -> None:
        """End what was begun."""
        ...


class InlineDecoder:
    """Decodes in the process and the thread that asks, without limits of time and memory."""

    def __init__(self, max_pixels: int) -> None:
        self._max_pixels = max_pixels

    def decode(self, content: bytes, wanted_side: int | None = None) -> Decoded:
        """Decode one picture."""
        return decode_with_alpha(content, self._max_pixels, wanted_side)

    def start(self) -> None:
        """Do nothing."""

    def require(self) -> None:
        """Do nothing."""

    def wait(self, stop: Event, seconds: float, tell: Tell) -> bool:
        """Return True at once."""
        return True

    def close(self) -> None:
        """Do nothing."""


_pools: Final[WeakValueDictionary[DecoderLimits, DecoderPool]] = WeakValueDictionary()
_lock: Final = Lock()


def open_decoder(settings: Settings) -> PictureDecoder:
    """Return the decoder that the settings name.

    All in one process that ask for the same limits share its processes and its memory; these last
    as long as somebody holds the decoder.
    """
    if settings.decoder == "inline":
        return InlineDecoder(settings.max_image_pixels)
    limits = DecoderLimits(
        max_bytes=settings.max_image_bytes,
        max_pixels=settings.max_image_pixels,
        timeout_s=settings.decode_timeout_s,
        memory_bytes=settings.decoder_memory_bytes,
        processes=min(settings.fetch_threads, usable_cores()),
    )
    with _lock:
        pool = _pools.get(limits)
        if pool is None:
            pool = _pools[limits] = DecoderPool(limits)
        return pool
