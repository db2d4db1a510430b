"""What a file that cannot be decoded raises: one error, with a code that says what is wrong."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import NoReturn

from PIL import UnidentifiedImageError

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from worker.imaging.memory_check import require_memory
from worker.stages.decoding.srgb import UnsupportedModeError


def refuse(code: Code, message: str, cause: Exception | None = None) -> NoReturn:
    """Raise the stage's error."""
    raise StageError(Stage.DECODE, code, message) from cause


@contextmanager
def memory_for(pixels: int) -> Generator[None]:
    """Let no decoder that lacks memory for so many pixels call the file broken."""
    try:
        yield
    except Exception:
        require_memory(pixels)
        raise


@contextmanager
def faults_named(name: str) -> Generator[None]:
    """Turn whatever a decoder raises on a bad file, such as a ``JPEG``, into the stage's error."""
    try:
        yield
    except (StageError, MemoryError):
        raise
    except UnidentifiedImageError as error:
        message = f"{name} by its first bytes, but its header cannot be read"
        refuse(Code.IMAGE_CORRUPT, message, error)
    except UnsupportedModeError as error:
        refuse(Code.UNSUPPORTED_IMAGE, f"{name} is not read: {error}", error)
    except Exception as error:  # noqa: BLE001  # decoders raise anything
        cut = "truncated" in str(error).lower()
        code = Code.IMAGE_TRUNCATED if cut else Code.IMAGE_CORRUPT
        refuse(code, f"{name} cannot be decoded: {error or type(error).__name__}", error)
