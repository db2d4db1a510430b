"""A picture in a local file, read within bounds."""

import os
import stat
from pathlib import Path

from shared.contracts.stages import Code, Stage
from shared.errors import StageError


def read_local_file(path: Path, shown: str, max_bytes: int) -> bytes:
    """Read a file.

    Args:
        path: where it is, symbolic links followed; what is a link now was put there since.
        shown: what messages call it.
        max_bytes: the most that it may hold.

    Raises:
        StageError: ``fetch_not_found``, ``fetch_denied`` or ``fetch_too_large``. None is worth a
            retry.
    """
    try:
        content = _content(path, shown, max_bytes)
    except IsADirectoryError:
        raise _fault(Code.FETCH_NOT_FOUND, f"{shown!r} is a folder and no file") from None
    except (FileNotFoundError, NotADirectoryError):
        raise _fault(Code.FETCH_NOT_FOUND, f"there is no file {shown!r}") from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise _fault(Code.FETCH_DENIED, f"{shown!r} cannot be read: {reason}") from error
    if len(content) > max_bytes:
        raise _fault(
            Code.FETCH_TOO_LARGE,
            f"{shown!r} is larger than the cap of {max_bytes} bytes (COLOURWAY_MAX_IMAGE_BYTES)",
        )
    return content


def _content(path: Path, shown: str, max_bytes: int) -> bytes:
    # A pipe must not make us wait for its writer.
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(file, "rb") as opened:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise _fault(Code.FETCH_NOT_FOUND, f"{shown!r} is not a file")
        return opened.read(max_bytes + 1)


def _fault(code: Code, message: str) -> StageError:
    return StageError(Stage.FETCH, code, message)
