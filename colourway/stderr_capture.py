"""Captured standard error: log lines of native libraries are shown only if something fails."""

import os
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from typing import TextIO

STDERR = 2


def own_stderr() -> TextIO:
    """Return standard error on a descriptor of its own that is not captured."""
    return os.fdopen(os.dup(STDERR), "w", buffering=1, encoding="utf-8", errors="replace")


@contextmanager
def captured_stderr() -> Generator[None]:
    """Drop what is written to standard error, also by C++; on an exception, write all of it.

    TensorFlow writes lines at its start that no setting turns off.
    """
    sys.stderr.flush()
    real = os.dup(STDERR)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), STDERR)
        try:
            yield
        except BaseException:
            _restore(real)
            kept.seek(0)
            os.write(STDERR, kept.read())
            raise
        else:
            _restore(real)


def _restore(real: int) -> None:
    sys.stderr.flush()
    os.dup2(real, STDERR)
    os.close(real)
