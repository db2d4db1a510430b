"""File locks: one process at a time, until it lets go or dies."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


def try_lock(file: IO[Any]) -> bool:
    """Lock an open file for this process alone; False where another process has it locked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def file_lock(path: Path, held_elsewhere: Exception) -> Generator[None]:
    """Hold the lock of a file, which is made if need be, while the block lasts.

    Raises ``held_elsewhere`` where another process holds it. The file stays: to remove it would let
    two processes lock two files of one name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        if not try_lock(file):
            raise held_elsewhere
        yield
