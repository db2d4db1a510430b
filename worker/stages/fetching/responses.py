"""What a server answered: a body to read within bounds, or the reason why there is none."""

import email.utils
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NoReturn

from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from worker.stages.fetching.content_codings import (
    CodingError,
    TooManyBytesError,
    UnreadCodingError,
    codings_of,
    decode_body,
)

LONGEST_WAIT_S: Final = 86_400.0
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
NOT_MODIFIED: Final = 304
"""Answers the question whether a picture has changed; to anything else it is no answer."""

_CODES: Final = {
    401: Code.FETCH_DENIED,
    403: Code.FETCH_DENIED,
    404: Code.FETCH_NOT_FOUND,
    407: Code.FETCH_DENIED,
    408: Code.FETCH_TIMEOUT,
    410: Code.FETCH_NOT_FOUND,
    429: Code.FETCH_THROTTLED,
}
_RANGE: Final = re.compile(r"bytes 0-([0-9]{1,15})/([0-9]{1,15})", re.IGNORECASE)
_WORTH_A_RETRY: Final = frozenset(
    {Code.FETCH_TIMEOUT, Code.FETCH_THROTTLED, Code.FETCH_SERVER_ERROR, Code.FETCH_INCOMPLETE}
)


class Headers:
    """A response's headers, found whatever their case."""

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in raw:
            self._values.setdefault(name.decode("latin-1").lower(), []).append(_text(value))

    def get(self, name: str) -> str | None:
        """The value of a header, of several alike the first; None without it."""
        return next(iter(self.all(name)), None)

    def all(self, name: str) -> list[str]:
        """The values of all headers of a name."""
        return self._values.get(name.lower(), [])


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
            we did not ask for, unless it is all; with the wait that ``Retry-After`` asks for.
    """
    if 200 <= status < 300 and (status != 206 or _is_all(headers.get("content-range"))):
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


def _is_all(content_range: str | None) -> bool:
    """Say whether a part is the whole: ``bytes 0-999/1000``."""
    found = _RANGE.fullmatch(content_range or "")
    return found is not None and int(found[1]) + 1 == int(found[2])


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


class ResponseBody:
    """A body that grows with its stream and refuses to grow past a cap.

    The cap holds for the bytes on the wire and for what they decode to.
    """

    def __init__(self, shown: str, headers: Headers, max_bytes: int) -> None:
        """Look at the headers first.

        Raises:
            StageError: ``fetch_too_large`` by ``Content-Length``.
        """
        self._shown = shown
        self._max_bytes = max_bytes
        self._received = bytearray()
        self._codings = codings_of(headers.all("content-encoding"))
        declared = headers.get("content-length")
        if declared and declared.isascii() and declared.isdigit() and int(declared) > max_bytes:
            self._refuse_size(f"declares {int(declared)} bytes")

    def add(self, chunk: bytes) -> None:
        """Take the next chunk of the stream.

        Raises:
            StageError: ``fetch_too_large``.
        """
        self._received += chunk
        if len(self._received) > self._max_bytes:
            self._refuse_size("goes on")

    def content(self) -> bytes:
        """The whole body, after its last chunk, without its content codings.

        Raises:
            StageError: ``fetch_too_large``; ``fetch_incomplete`` for compression that is damaged or
                stops early; ``fetch_rejected`` for a coding that is not read.
        """
        try:
            return decode_body(bytes(self._received), self._codings, self._max_bytes)
        except TooManyBytesError as error:
            self._refuse_size(str(error))
        except UnreadCodingError as error:
            message = f"{self._shown} {error}, though plain bytes were asked for"
            raise StageError(Stage.FETCH, Code.FETCH_REJECTED, message) from error
        except CodingError as error:
            message = f"the compressed body of {self._shown} is damaged: {error}"
            raise StageError(Stage.FETCH, Code.FETCH_INCOMPLETE, message, retry=True) from error

    def _refuse_size(self, how: str) -> NoReturn:
        message = f"{self._shown} {how}, the cap is {self._max_bytes} bytes"
        message += " (COLOURWAY_MAX_IMAGE_BYTES)"
        raise StageError(Stage.FETCH, Code.FETCH_TOO_LARGE, message)
