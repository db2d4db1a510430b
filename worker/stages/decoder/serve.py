"""What runs in a decoder process: ``python -m worker.stages.decoder.serve FD SIZE MEMORY``.

It gets its work and tells what came of it over its standard input and output; files and pixels lie
in the shared memory. It ends with its input, so with its worker. Nothing here may import more than
decoding needs: no settings, no log, no network.
"""

import codecs
import errno
import os
import signal
import sys
import time
from typing import Final

import cv2
from PIL import AvifImagePlugin, Image, ImageFilter, ImagePalette

from shared.contracts.stages import Code
from shared.errors import StageError
from worker.stages.decode import decode_with_alpha
from worker.stages.decoder.memory_limit import MemoryLimit
from worker.stages.decoder.messages import (
    DecodeRequest,
    DecoderReady,
    MemoryAsked,
    MemoryExceeded,
    MemoryGrant,
    PictureDecoded,
    PictureRefused,
    receive,
    send,
)
from worker.stages.decoder.seal import seal
from worker.stages.decoder.shared_pixels import SharedPixels
from worker.stages.decoding.decoded import Decoded
from worker.stages.decoding.sniff import JPEG, Format

_INPUT, _OUTPUT, _ERRORS = 0, 1, 2
_GRACE_S: Final = 1.0
"""How much longer than its limit a decoder lives whose worker does not end it."""

_LONGEST_MESSAGE: Final = 500
_BY_NEED: Final = (ImageFilter, ImagePalette)
"""What Pillow imports when a picture needs it, which is too late once this process is sealed."""

_ENCODINGS: Final = ("ascii", "latin-1", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")
_SEALED: Final = (errno.EMFILE, errno.EPERM)

# Bytes a pixel while a picture is decoded, at most: `make bench ONLY=decoder` measures them.
_BYTES_OF_JPEG: Final = 24
_BYTES_OF_OTHERS: Final = 56


class DecoderServer:
    """Decodes what it is sent until there is no more.

    Args:
        shared: where files and pixels lie.
        limit: bounds the memory of this process.
        most: all the memory that pictures may take.
    """

    def __init__(self, shared: SharedPixels, limit: MemoryLimit, most: int) -> None:
        self._shared = shared
        self._limit = limit
        self._most = most
        self._granted = 0

    def serve(self) -> None:
        """Answer requests until the end of the input."""
        while (message := receive(_INPUT)) is not None:
            request = DecodeRequest(**message)
            send(_OUTPUT, self._answer(request))

    def _answer(self, request: DecodeRequest) -> PictureDecoded | PictureRefused | MemoryExceeded:
        self._begin(request.memory_bytes, request.limit_s)
        try:
            picture = self._decoded(request)
            self._shared.put_picture(picture)
        except StageError as error:
            if _is_of_the_seal(error):
                return _own_fault(error)
            message = error.message[:_LONGEST_MESSAGE]
            return PictureRefused(error.code.value, message, time.process_time())
        except MemoryError:
            return MemoryExceeded(time.process_time())
        except Exception as error:  # noqa: BLE001  # the worker is to hear of it
            return _own_fault(error)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if self._granted > request.memory_bytes:
                self._limit.trim()
        height, width = picture.pixels.shape[:2]
        has_alpha = picture.alpha is not None
        return PictureDecoded((height, width), has_alpha, picture.photo_hw, time.process_time())

    def _decoded(self, request: DecodeRequest) -> Decoded:
        content = self._shared.get(request.size)

        def admit(form: Format, pixels: int) -> None:
            bytes_a_pixel = _BYTES_OF_JPEG if form is JPEG else _BYTES_OF_OTHERS
            self._ask(min(pixels * bytes_a_pixel + request.size, self._most))

        def decoded() -> Decoded:
            return decode_with_alpha(content, request.max_pixels, request.wanted_side, admit)

        try:
            return decoded()
        except MemoryError:
            if self._granted >= self._most:
                raise
        self._limit.trim()
        self._ask(self._most)  # it took more than was reckoned
        return decoded()

    def _ask(self, memory_bytes: int) -> None:
        """Wait for the worker to grant so much."""
        if memory_bytes <= self._granted:
            return
        signal.setitimer(signal.ITIMER_REAL, 0)  # what it waits is not its own time
        send(_OUTPUT, MemoryAsked(memory_bytes))
        message = receive(_INPUT)
        if message is None:
            raise SystemExit
        grant = MemoryGrant(**message)
        self._begin(grant.memory_bytes, grant.limit_s)

    def _begin(self, memory_bytes: int, limit_s: float) -> None:
        self._granted = memory_bytes
        self._limit.grant(memory_bytes)
        signal.setitimer(signal.ITIMER_REAL, limit_s + _GRACE_S)


def _is_of_the_seal(error: BaseException) -> bool:
    """Whether a picture was refused because this process may open nothing, not for what it is."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ImportError) or str(cause).startswith("unknown encoding"):
            return True
        if isinstance(cause, OSError) and cause.errno in _SEALED:
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _own_fault(error: Exception) -> PictureRefused:
    message = f"{type(error).__name__}: {error}"[:_LONGEST_MESSAGE]
    return PictureRefused(Code.INTERNAL_ERROR.value, message, time.process_time())


def main() -> None:
    """Say what this process lacks, and serve."""
    fd, size, most = map(int, sys.argv[1:])
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the worker still wants the pictures it has
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    cv2.setNumThreads(1)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # stacks of threads are memory, too
    Image.preinit()
    for name in _ENCODINGS:
        codecs.lookup(name)
    shared = SharedPixels.mapped(fd, size)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, _ERRORS)
    os.close(nothing)
    limit = MemoryLimit(most)
    send(_OUTPUT, DecoderReady(limit.lacks + seal()))
    DecoderServer(shared, limit, most).serve()


if __name__ == "__main__":
    main()
