"""One decoder process, as the worker sees it: started bare, believed in nothing, ended in time."""

import os
import select
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Annotated, Final, cast

import structlog
from pydantic import Field, TypeAdapter, ValidationError

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.metrics.exit_names import name_of_exit
from worker.stages.decoder.budget import MemoryBudget, MemoryShare
from worker.stages.decoder.interpreter import start_interpreter
from worker.stages.decoder.limits import DecoderLimits
from worker.stages.decoder.messages import (
    LONGEST,
    DecodeRequest,
    DecoderReady,
    DecoderReply,
    MemoryAsked,
    MemoryExceeded,
    MemoryGrant,
    PictureDecoded,
    PictureRefused,
    send,
)
from worker.stages.decoder.shared_pixels import SharedPixels
from worker.stages.decoding.decoded import Decoded

_START_LIMIT_S: Final = 60.0
_END_LIMIT_S: Final = 5.0
_CODES: Final = frozenset({
    Code.NOT_AN_IMAGE, Code.UNSUPPORTED_IMAGE, Code.IMAGE_TOO_LARGE, Code.IMAGE_TRUNCATED,
    Code.IMAGE_CORRUPT, Code.INTERNAL_ERROR,
})  # fmt: skip
_REPLIES: Final[TypeAdapter[DecoderReply]] = TypeAdapter(
    Annotated[DecoderReply, Field(discriminator="kind")]
)

_said: Final[set[tuple[str, ...]]] = set()
log = structlog.get_logger()


class NoDecoder(Exception):
    """No process could be started, or it is of no use; the message says why."""


class DecoderGone(Exception):
    """The process ended while it was idle."""


class _Late(Exception):
    pass


class DecoderProcess:
    """A process that decodes one picture at a time; for one thread at a time.

    Whatever :meth:`decode` raises, the process is to be ended then. Raises NoDecoder where the
    system starts none.
    """

    def __init__(self, limits: DecoderLimits) -> None:
        self._limits = limits
        self._is_ready = False
        self.used_s = 0.0
        """Processor time of the process, as of its last picture."""
        try:
            self._shared = SharedPixels.create(limits.max_bytes, limits.max_pixels)
        except OSError as error:
            raise NoDecoder(f"no memory can be shared with it ({error})") from error
        try:
            self._process = start_interpreter(self._shared, limits.memory_bytes)
        except OSError as error:
            self._shared.close()
            raise NoDecoder(str(error)) from error

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """How it has ended; None while it runs."""
        return self._process.poll()

    def wait_until_ready(self) -> None:
        """Wait until it takes pictures. Raises NoDecoder where it never will."""
        if self._is_ready:
            return
        try:
            reply = self._receive(monotonic() + _START_LIMIT_S)
        except _Late:
            raise NoDecoder(f"it said nothing for {_START_LIMIT_S:.0f} s") from None
        except StageError as error:
            raise NoDecoder(self._last_words() or error.message) from None
        if not isinstance(reply, DecoderReady):
            raise NoDecoder(f"it began with {reply.kind!r}")
        if reply.lacks and reply.lacks not in _said:
            _said.add(reply.lacks)
            log.warning(
                "decoders are guarded in part only",
                lacks=", ".join(reply.lacks),
                do="see docs/security.md, Decoders",
            )
        self._is_ready = True
        if self._process.stderr is not None:
            self._process.stderr.close()

    def decode(
        self, content: bytes, wanted_side: int | None, budget: MemoryBudget, memory_bytes: int
    ) -> Decoded | StageError:
        """Decode one picture.

        Args:
            content: the file.
            wanted_side: pixels of the longer side that are enough.
            budget: what all pictures may take.
            memory_bytes: what this one may take, of the budget, without asking.

        Returns:
            The picture, or why it cannot be decoded.

        Raises:
            StageError: ``decode_timeout`` or ``decoder_died``.
            DecoderGone: it ended before it began.
        """
        if len(content) > self._shared.size:
            limit = f"{self._shared.size:,} bytes (COLOURWAY_MAX_IMAGE_BYTES)"
            return _fault(Code.IMAGE_TOO_LARGE, f"a file of {len(content):,} bytes is over {limit}")
        self._shared.put(content)
        with budget.share(memory_bytes) as share:
            reply = self._reply_to(len(content), wanted_side, share)
        match reply:
            case PictureDecoded():
                self.used_s = reply.used_s
                return self._picture(reply)
            case PictureRefused() if reply.code in _CODES:
                self.used_s = reply.used_s
                code = Code(reply.code)
                return _fault(code, reply.message, retry=code is Code.INTERNAL_ERROR)
            case MemoryExceeded():
                self.used_s = reply.used_s
                return _fault(
                    Code.IMAGE_TOO_LARGE,
                    f"decoding it takes more than {budget.total:,} bytes of memory "
                    "(COLOURWAY_DECODER_MEMORY_BYTES)",
                )
            case _:
                raise _nonsense()

    def end(self) -> None:
        """End the process, whatever it is at; once more does nothing."""
        if self._process.returncode is None:
            self._process.kill()
            self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Close what leads to the process, and leave it alone."""
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None and not pipe.closed:
                pipe.close()
        if self._process.returncode is None:
            self._process.returncode = 0  # or a forked process would warn of a child it never had
        self._shared.close()

    def _reply_to(self, size: int, wanted_side: int | None, share: MemoryShare) -> DecoderReply:
        limit_s = self._limits.timeout_s
        deadline = monotonic() + limit_s
        max_pixels = self._limits.max_pixels
        try:
            self._send(DecodeRequest(size, max_pixels, wanted_side, share.bytes, limit_s))
        except BrokenPipeError as error:
            raise DecoderGone from error
        try:
            while isinstance(reply := self._receive(deadline), MemoryAsked):
                left_s = deadline - monotonic()
                share.exchange(max(reply.memory_bytes, share.bytes))
                deadline = monotonic() + left_s
                self._send(MemoryGrant(share.bytes, left_s))
        except _Late:
            raise self._timeout() from None
        except BrokenPipeError:
            raise self._death() from None
        return reply

    def _picture(self, reply: PictureDecoded) -> Decoded:
        height, width = reply.size_hw
        most = reply.photo_hw or reply.size_hw
        if (
            height * width > self._limits.max_pixels
            or not height <= most[0]
            or not (width <= most[1] and most[0] * most[1] <= self._limits.max_pixels)
        ):
            raise _nonsense()
        try:
            return self._shared.get_picture(reply.size_hw, reply.has_alpha, reply.photo_hw)
        except ValueError:
            raise _nonsense() from None
        finally:
            self._shared.shrink(4 * height * width)

    def _send(self, message: DecodeRequest | MemoryGrant) -> None:
        if self._process.stdin is None:
            raise BrokenPipeError
        send(self._process.stdin.fileno(), message)

    def _receive(self, deadline: float) -> DecoderReply:
        """Return the next message. Raises _Late, or StageError where there will be none."""
        assert self._process.stdout is not None
        fd, line = self._process.stdout.fileno(), b""
        poll = select.poll()
        poll.register(fd, select.POLLIN)
        while not line.endswith(b"\n"):
            left_s = deadline - monotonic()
            if left_s <= 0 or not poll.poll(left_s * 1000):
                raise _Late
            part = os.read(fd, LONGEST)
            if not part:
                raise self._death()
            line += part
            if len(line) > LONGEST:
                raise _nonsense()
        try:
            return _REPLIES.validate_json(line)
        except ValidationError:
            raise _nonsense() from None

    def _death(self) -> StageError:
        """Say why there is no more to read from it."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_LIMIT_S)
        status = self._process.returncode
        if status == -signal.SIGALRM:
            return self._timeout()
        if status == -signal.SIGKILL:  # mostly by a kernel that is short of memory
            return _fault(
                Code.DECODER_DIED, "the process that decoded it was killed (SIGKILL)", retry=True
            )
        how = f"ended with {status}" if status is None or status >= 0 else name_of_exit(status)
        return _fault(Code.DECODER_DIED, f"the process that decoded it died of it ({how})")

    def _timeout(self) -> StageError:
        """Say that it took too long, and whether it had the processor for so long."""
        limit_s = self._limits.timeout_s
        used_s = _processor_s(self.pid)
        is_starved = used_s is not None and used_s - self.used_s < limit_s / 2
        why = ", while this machine was busy" if is_starved else ""
        return _fault(
            Code.DECODE_TIMEOUT,
            f"decoding took longer than {limit_s:g} s{why} (COLOURWAY_DECODE_TIMEOUT_S)",
            retry=is_starved,
        )

    def _last_words(self) -> str:
        """Return the last line of what it said on standard error."""
        if self._process.stderr is None:
            return ""
        self.end_without_closing()
        said = cast("bytes", self._process.stderr.read()).decode(errors="replace").strip()
        return said.rpartition("\n")[2][:300]

    def end_without_closing(self) -> None:
        """End the process, and leave what it said to be read."""
        self._process.kill()
        self._process.wait()


def _fault(code: Code, message: str, retry: bool = False) -> StageError:
    return StageError(Stage.DECODE, code, message, retry)


def _nonsense() -> StageError:
    return _fault(Code.DECODER_DIED, "the process that decoded it said what makes no sense")


def _processor_s(pid: int) -> float | None:
    """Return the processor time that a process has used; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
