"""What decoders are held to."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DecoderLimits:
    """Bytes and pixels of a picture, seconds for it, bytes for all of them, and how many at once.

    ``max_bytes`` and ``max_pixels`` say how large the shared memory is; a file may be as large.
    """

    max_bytes: int
    max_pixels: int
    timeout_s: float
    memory_bytes: int
    processes: int
