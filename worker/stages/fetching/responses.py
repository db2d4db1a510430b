"""What a server answered: a body to read within bounds, or the reason why there is none."""

import email.utils
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, Protocol

from shared.contracts.stages import Code, Stage
from shared.errors import StageError

LONGEST_WAIT_S: Final = 86_400.0
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
NOT_MODIFIED: Final = 304
"""Answers the question whether a picture has changed; to anything else it is no answer."""

_CODES: Final = {
    401: Code.FETCH_DENIED,
    403: Code.FETCH_DENIED,
    404: Code.FETCH_NOT_FOUND,
    408: Code.FETCH_TIMEOUT,
    410: Code.FETCH_NOT_FOUND,
    429: Code.FETCH_THROTTLED,
}
_WORTH_A_RETRY: Final = frozenset(
    {Code.FETCH_TIMEOUT, Code.FETCH_THROTTLED, Code.FETCH_SERVER_ERROR, Code.FETCH_INCOMPLETE}
)


class Headers:
    """A response's headers, found whatever their case; of several alike the first."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, str] = {}
        for name, value in raw:
            self._values.setdefault(name.decode("latin-1").lower(), _text(value))

    def get(self, name: str) -> str | None:
        """The value of a header; None without it."""
        return self._values.get(name.lower())


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8").strip()
    except UnicodeDecodeError:
        return value.decode("latin-1").strip()


def refuse_status(shown: str, status: int, headers: Headers) -> None:
    """Let a status that promises a whole picture pass.

    Args:
        shown: the URL as messages may show it.
        status: HTTP status, not a redirect that is followed.
        headers: for ``Retry-After``.

    Raises:
        StageError: the status promises none. Worth a retry for 408, 429, 5xx and for a part (206)
            we did not ask for; with the wait that ``Retry-After`` asks for.
    """
    if 200 <= status < 300 and status != 206:
        return
    code = _CODES.get(status)
    if code is None:
        code = Code.FETCH_SERVER_ERROR if status >= 500 else Code.FETCH_REJECTED
    if status == 206:
        code = Code.FETCH_INCOMPLETE
    retry = code in _WORTH_A_RETRY
    wait_s = retry_after_s(headers.get("retry-after"), datetime.now(UTC)) if retry else None
    if status == 503 and wait_s is not None:
        code = Code.FETCH_THROTTLED  # a server that says when to come back is not broken
    raise StageError(Stage.FETCH, code, f"{shown} answered with status {status}", retry, wait_s)


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read a ``Retry-After`` header: seconds, or an HTTP date (RFC 9110, section 10.2.3).

    Args:
        value: the header's value.
        now: an aware time, for dates.

    Returns:
        Seconds from now, 0 for a date that has passed, a day at most; None without a value or
        where it makes no sense.
    """
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value), LONGEST_WAIT_S)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), LONGEST_WAIT_S)


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


class ResponseBody:
    """A body that grows with its stream and refuses to grow past a cap.

    The cap holds for the bytes on the wire and for what they decompress to; a decompressor is
    never let produce more than one byte over it.
    """

    def __init__(self, shown: str, headers: Headers, max_bytes: int) -> None:
        """Look at the headers first.

        Raises:
            StageError: ``fetch_too_large`` by ``Content-Length``, ``fetch_rejected`` for a
                ``Content-Encoding`` that was not asked for and is not read.
        """
        self._shown = shown
        self._max_bytes = max_bytes
        self._received = 0
        self._content = bytearray()
        self._window_bits = self._window_bits_of(headers.get("content-encoding") or "identity")
        self._decompressor: _Decompressor | None = None
        declared = headers.get("content-length")
        if declared and declared.isascii() and declared.isdigit() and int(declared) > max_bytes:
            self._refuse_size(f"declares {int(declared)} bytes")

    def add(self, chunk: bytes) -> None:
        """Take the next chunk of the stream.

        Raises:
            StageError: ``fetch_too_large``; ``fetch_incomplete`` for damaged compression.
        """
        self._received += len(chunk)
        if self._received > self._max_bytes:
            self._refuse_size("goes on")
        if self._window_bits is None:
            self._content += chunk
            return
        try:
            self._decompress(chunk)
        except zlib.error as error:
            self._refuse_damage(str(error))

    def content(self) -> bytes:
        """The whole body, after its last chunk.

        Raises:
            StageError: ``fetch_incomplete`` where compressed data stops before its end.
        """
        unfinished = self._decompressor is not None and not self._decompressor.eof
        if self._window_bits is not None and self._received and unfinished:
            self._refuse_damage("it stops before its end")
        return bytes(self._content)

    def _window_bits_of(self, encoding: str) -> int | None:
        match encoding.lower():
            case "identity":
                return None
            case "gzip" | "x-gzip" | "deflate":
                return zlib.MAX_WBITS | 32  # gzip or zlib, told apart by their headers
            case other:
                message = (
                    f"{self._shown} is encoded as {other[:40]!r}, though plain bytes were asked for"
                )
                raise StageError(Stage.FETCH, Code.FETCH_REJECTED, message)

    def _decompress(self, data: bytes) -> None:
        while data:
            if self._decompressor is None or self._decompressor.eof:
                self._decompressor = zlib.decompressobj(self._window_bits or zlib.MAX_WBITS)
            room = self._max_bytes - len(self._content) + 1
            self._content += self._decompressor.decompress(data, room)
            if len(self._content) > self._max_bytes:
                self._refuse_size("decompresses to more")
            data = self._decompressor.unconsumed_tail or self._decompressor.unused_data

    def _refuse_size(self, how: str) -> None:
        message = f"{self._shown} {how}, the cap is {self._max_bytes} bytes"
        message += " (COLOURWAY_MAX_IMAGE_BYTES)"
        raise StageError(Stage.FETCH, Code.FETCH_TOO_LARGE, message)

    def _refuse_damage(self, how: str) -> None:
        message = f"the compressed body of {self._shown} is damaged: {how}"
        raise StageError(Stage.FETCH, Code.FETCH_INCOMPLETE, message, retry=True)
