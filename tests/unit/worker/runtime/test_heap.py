"""All threads of a worker take memory from one arena of the C library."""

import subprocess
import sys

import pytest

ALLOCATING_THREADS = """
import ctypes, os, sys
from threading import Barrier, Thread
from worker.runtime.heap import share_one_arena

if sys.argv[1] == "shared":
    share_one_arena()
libc = ctypes.CDLL(None)
libc.malloc.restype = libc.fdopen.restype = ctypes.c_void_p
together = Barrier(4)

def allocate():
    together.wait()
    for _ in range(100):
        libc.malloc(ctypes.c_size_t(1000))
    together.wait()

threads = [Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
out = ctypes.c_void_p(libc.fdopen(os.dup(1), b"w"))
libc.malloc_info(0, out)
libc.fflush(out)
"""


def arenas(how: str) -> int:
    command = [sys.executable, "-c", ALLOCATING_THREADS, how]
    told = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60).stdout
    return told.count("<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="arenas are the GNU C library's")
def test_threads_share_one_arena() -> None:
    assert arenas("each its own") > 1
    assert arenas("shared") == 1
