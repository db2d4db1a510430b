"""Writing a file whole or not at all: it appears under its name only when it is complete."""

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
def whole_file(out: str, option: str) -> Generator[BinaryIO]:
    """Open a file for writing; it is in place once the block is left, and not at all on an error.

    ``-`` is standard output, which is written as it comes. ``option`` is what the user gave ``out``
    with, for errors.

    Raises:
        ColourwayError: it cannot be written, or nobody reads standard output any more.
    """
    if out == STDOUT:
        try:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            # Python would complain once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise ColourwayError(f"{option} -: nobody reads it to the end") from None
        return
    path = Path(out)
    growing = path.with_name(f"{path.name}.part")
    try:
        with growing.open("wb") as file:
            yield file
        growing.replace(path)
    except OSError as error:
        raise ColourwayError(f"{option} {out}: {error.strerror or error}") from error
    finally:
        growing.unlink(missing_ok=True)


@contextmanager
def whole_text(out: str, option: str) -> Generator[TextIO]:
    """Open a file for writing text as UTF-8, line ends as they are given; else as above."""
    with whole_file(out, option) as file:
        text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
        try:
            yield text
        finally:
            text.detach()  # closing the wrapper would close the file
