"""The memory that a worker shares with one decoder: a file goes in, its pixels come out."""

import fcntl
import mmap
import os
import sys
import tempfile
from typing import Final, Self

import numpy as np

from worker.stages.decoding.decoded import Decoded

KEPT: Final = 64_000_000
"""Bytes that stay in memory between pictures, at most: fresh ones cost time."""

_BYTES_A_PIXEL: Final = 4
_FIXED: Final = getattr(fcntl, "F_SEAL_SHRINK", 2) | getattr(fcntl, "F_SEAL_GROW", 4)
_ADD_SEALS: Final = getattr(fcntl, "F_ADD_SEALS", 1033)


class SharedPixels:
    """A file in memory, mapped by both processes; only what was written takes memory.

    Its size is fixed (on Linux): a decoder that made it smaller would have the worker killed at the
    next access.

    Args:
        fd: the file, which :meth:`close` closes.
        size: bytes of it.
    """

    def __init__(self, fd: int, size: int) -> None:
        self.fd, self.size = fd, size
        self._map = mmap.mmap(fd, size)

    @classmethod
    def mapped(cls, fd: int, size: int) -> Self:
        """Map what another process made, and close the file: the map holds it."""
        shared = cls(fd, size)
        os.close(fd)
        return shared

    @classmethod
    def create(cls, max_bytes: int, max_pixels: int) -> Self:
        """Make room for a file of so many bytes, or for so many pixels with alpha."""
        size = max(max_bytes, _BYTES_A_PIXEL * max_pixels)
        if sys.platform != "linux":
            with tempfile.TemporaryFile() as file:
                fd = os.dup(file.fileno())
            os.ftruncate(fd, size)
            return cls(fd, size)
        fd = os.memfd_create("colourway-decoder", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(fd, size)
        fcntl.fcntl(fd, _ADD_SEALS, _FIXED)
        return cls(fd, size)

    def put(self, content: bytes) -> None:
        """Lay a file there. Raises ValueError where it is longer than there is room."""
        if len(content) > self.size:
            raise ValueError(f"{len(content)} bytes do not fit into {self.size}")
        self._map[: len(content)] = content

    def get(self, size: int) -> bytes:
        """Return the file."""
        return self._map[:size]

    def put_picture(self, picture: Decoded) -> None:
        """Lay a picture there: RGB (H, W, 3), then alpha (H, W) where there is one."""
        room = np.frombuffer(self._map, np.uint8)
        end = picture.pixels.size
        room[:end] = picture.pixels.reshape(-1)
        if picture.alpha is not None:
            room[end : end + picture.alpha.size] = picture.alpha.reshape(-1)

    def get_picture(
        self, size_hw: tuple[int, int], has_alpha: bool, photo_hw: tuple[int, int] | None
    ) -> Decoded:
        """Return a copy of the picture.

        Raises:
            ValueError: a picture of that size has no room here.
        """
        height, width = size_hw
        count = height * width
        if min(size_hw) < 1 or (3 + has_alpha) * count > self.size:
            raise ValueError(f"no picture here has {height}x{width} pixels")
        room = np.frombuffer(self._map, np.uint8)
        pixels = room[: 3 * count].reshape(height, width, 3).copy()
        alpha = room[3 * count : 4 * count].reshape(height, width).copy() if has_alpha else None
        return Decoded(pixels, alpha, photo_hw)

    def shrink(self, used: int) -> None:
        """Give back the memory of what ``used`` bytes took, but for what is kept."""
        keep = -(-KEPT // mmap.PAGESIZE) * mmap.PAGESIZE
        if used > keep and hasattr(mmap, "MADV_REMOVE"):
            self._map.madvise(mmap.MADV_REMOVE, keep, self.size - keep)

    def close(self) -> None:
        """Give it all back."""
        self._map.close()
        os.close(self.fd)
