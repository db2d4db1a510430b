"""Atomic files: a file appears under its name only when it is complete."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, Final, TextIO

from shared.errors import ColourwayError

STDOUT: Final = "-"


@contextmanager
def atomic_file(path: Path) -> Generator[BinaryIO]:
    """Open a file for writing; it is in place once the block is left, and not at all on an error.

    Raises OSError where it cannot be written.
    """
    growing = path.with_name(f"{path.name}.part")
    try:
        with growing.open("wb") as file:
            yield file
        growing.replace(path)
    finally:
        growing.unlink(missing_ok=True)


@contextmanager
def whole_file(out: str, option: str) -> Generator[BinaryIO]:
    """Open the output of a command: an atomic file, or standard output for ``-``.

    Standard output is written as it comes. ``option`` is the option that named ``out``, for errors.

    Raises:
        ColourwayError: it cannot be written, or standard output was closed by its reader.
    """
    if out == STDOUT:
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # Python would complain once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise ColourwayError(f"{option} -: its reader closed standard output") from None
        return
    try:
        with atomic_file(Path(out)) as file:
            yield file
    except OSError as error:
        raise ColourwayError(f"{option} {out}: {error.strerror or error}") from error


@contextmanager
def whole_text(out: str, option: str) -> Generator[TextIO]:
    """Open the output of a command for text: UTF-8, with line ends as they are written."""
    with whole_file(out, option) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        try:
            yield text
        finally:
            text.detach()  # closing the wrapper would close the file
