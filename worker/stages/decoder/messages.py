"""What a worker and its decoder say to each other: one JSON object a line, none of them long.

The worker's words are trusted. The decoder's are not: a picture may have taken it over.
"""

import json
import os
from dataclasses import dataclass
from typing import Any, Final, Literal

LONGEST: Final = 4096
"""Bytes of a line, at most."""

Kind = Literal["ready", "ask", "decoded", "refused", "exceeded"]


@dataclass(frozen=True)
class DecodeRequest:
    """To the decoder: decode the file of ``size`` bytes that lies in the shared memory."""

    size: int
    max_pixels: int
    wanted_side: int | None
    memory_bytes: int
    limit_s: float


@dataclass(frozen=True)
class MemoryGrant:
    """To the decoder: how much this picture may take, and what is left of its time."""

    memory_bytes: int
    limit_s: float


@dataclass(frozen=True)
class DecoderReady:
    """From the decoder, first of all; ``lacks`` says which guards the system does not give it."""

    lacks: tuple[str, ...] = ()
    kind: Literal["ready"] = "ready"


@dataclass(frozen=True)
class MemoryAsked:
    """From the decoder: this picture is reckoned to take more than was granted."""

    memory_bytes: int
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True)
class PictureDecoded:
    """From the decoder: the pixels lie in the shared memory, and behind them the alpha.

    ``used_s``, here and below, is the processor time of the process since it began.
    """

    size_hw: tuple[int, int]
    has_alpha: bool
    photo_hw: tuple[int, int] | None
    used_s: float
    kind: Literal["decoded"] = "decoded"


@dataclass(frozen=True)
class PictureRefused:
    """From the decoder: the picture cannot be decoded, as ``StageError`` says it."""

    code: str
    message: str
    used_s: float
    kind: Literal["refused"] = "refused"


@dataclass(frozen=True)
class MemoryExceeded:
    """From the decoder: all the memory that there is was not enough."""

    used_s: float
    kind: Literal["exceeded"] = "exceeded"


DecoderReply = DecoderReady | MemoryAsked | PictureDecoded | PictureRefused | MemoryExceeded


def send(fd: int, message: DecodeRequest | MemoryGrant | DecoderReply) -> None:
    """Write a message to a pipe."""
    os.write(fd, json.dumps(vars(message)).encode() + b"\n")


def receive(fd: int) -> dict[str, Any] | None:
    """Read the next message of a trusted sender; None at the end of the pipe."""
    line = b""
    while not line.endswith(b"\n"):
        part = os.read(fd, LONGEST)
        if not part:
            return None
        line += part
    return json.loads(line)
