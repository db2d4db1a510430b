"""Hush: keeps the chatter of native libraries away from people, unless something goes wrong."""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

STDERR = 2


def own_stderr() -> TextIO:
    """Standard error on a descriptor of its own, which :func:`captured_stderr` does not touch."""
    return os.fdopen(os.dup(STDERR), "w", buffering=1, encoding="utf-8", errors="replace")


@contextmanager
def captured_stderr() -> Generator[None]:
    """Swallow what is written to standard error, C++ included; with an exception it all comes out.

    TensorFlow greets everybody with lines that no setting turns off.
    """
    sys.stderr.flush()
    real = os.dup(STDERR)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), STDERR)
        try:
            yield
        except BaseException:
            _put_back(real)
            kept.seek(0)
            os.write(STDERR, kept.read())
            raise
        else:
            _put_back(real)


def _put_back(real: int) -> None:
    sys.stderr.flush()
    os.dup2(real, STDERR)
    os.close(real)
