"""The heap of the C library: all threads of a worker take memory from one arena."""

import ctypes
import sys
from contextlib import suppress
from typing import Final

_M_ARENA_MAX: Final = -8


def share_one_arena() -> None:
    """Have threads that begin from now on take memory from one place, where the system is Linux.

    The GNU C library gives every thread an arena, and each gives back to the system what a picture
    took, only to ask for fresh pages for the next: the kernel clears them all. What one thread lets
    go of in a shared arena is the next picture's, in whichever thread. Other C libraries are left
    alone.
    """
    if sys.platform == "linux":
        with suppress(AttributeError):  # musl has one heap anyway
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
