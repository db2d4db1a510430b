"""A transfer: one URL's bytes into a partial file, in as many requests as it takes.

A broken connection is gone on with where it broke off, if the server has a mark (ETag or
Last-Modified) of the version that it sends and still has that version; else from the beginning.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol

import httpx2
import stamina

from shared.errors import WeightsError
from worker.networks.weights.partial import Partial
from worker.networks.weights.published import HDF5_SIGNATURE
from worker.networks.weights.web_url import parse_url, show_url

_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_NOT_THERE: Final = frozenset({404, 410})
_FOR_NOW: Final = frozenset({408, 425, 429})
_LONGEST_ASKED_WAIT_S: Final = 120.0
_AT_ONCE_S: Final = 0.01


class Watcher(Protocol):
    """Whoever wants to know how a transfer goes on."""

    def at(self, size_bytes: int) -> None:
        """So many bytes of the file are here; fewer than before where it begins anew."""
        ...

    def say(self, text: str) -> None:
        """Something happened that a user may want to read."""
        ...


class SilentWatcher:
    """A watcher that does not look."""

    def at(self, size_bytes: int) -> None:
        """See :class:`Watcher`."""

    def say(self, text: str) -> None:
        """See :class:`Watcher`."""


@dataclass(frozen=True)
class Patience:
    """How long to put up with a server.

    ``attempts`` that bring nothing at all end the transfer; waits between them begin with
    ``first_wait_s`` and double up to ``longest_wait_s``. ``silence_s`` is the longest time without
    a single byte before a connection counts as broken.
    """

    attempts: int = 6
    first_wait_s: float = 1.0
    longest_wait_s: float = 30.0
    silence_s: float = 30.0


class BrokenOff(Exception):
    """The bytes stopped coming; ``wait_s`` is how long the server asks us to wait, if it does."""

    def __init__(self, reason: str, wait_s: float | None = None) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Transfer:
    """Fills a partial file to its size.

    Args:
        client: follows redirects.
        url: http or https; user and password in it go to that server alone.
        size_bytes: of the whole file.
        partial: an open one.
        watcher: is told.
        patience: with the server.
    """

    def __init__(
        self,
        *,
        client: httpx2.Client,
        url: str,
        size_bytes: int,
        partial: Partial,
        watcher: Watcher,
        patience: Patience,
    ) -> None:
        self._client = client
        self._url = parse_url(url)
        self._shown = show_url(self._url)
        self._size = size_bytes
        self._partial = partial
        self._watcher = watcher
        self._patience = patience
        self._answered = False
        self.received = 0
        """Bytes that came over the network, those of parts begun anew included."""

    def run(self) -> None:
        """Fetch what is missing.

        Raises:
            WeightsError: the file is not there, is another one, or cannot be had for now; what came
                so far is kept wherever it may be gone on with.
        """
        while self._partial.size < self._size:
            reached = self._partial.size
            try:
                self._try_again_and_again()
            except BrokenOff as broken:
                # A bad line may break any number of times, as long as each time brings something.
                if self._partial.size <= reached:
                    raise WeightsError(self._given_up(broken)) from broken

    def _given_up(self, broken: BrokenOff) -> str:
        if not self._answered:
            return (
                f"{self._shown} cannot be reached: {broken}; check the network (and HTTPS_PROXY, "
                "if you need one), or name a mirror with --url"
            )
        return (
            f"{self._shown} could not be fetched: {broken}; {self._partial.size:,} of "
            f"{self._size:,} bytes are here; to go on, run the same command again without --force"
        )

    def _try_again_and_again(self) -> None:
        patience = self._patience
        reason = ""
        for attempt in stamina.retry_context(
            on=self._pause,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=patience.first_wait_s,
            wait_max=patience.longest_wait_s,
            wait_jitter=patience.first_wait_s,
        ):
            if attempt.num > 1:
                self._watcher.say(
                    f"{reason}; going on after {self._partial.size:,} bytes "
                    f"(attempt {attempt.num} of {patience.attempts})"
                )
            with attempt:
                try:
                    self._request()
                except BrokenOff as broken:
                    reason = str(broken)
                    raise

    def _pause(self, error: Exception) -> bool | float:
        """Whether to try again, or after how many seconds."""
        if not isinstance(error, BrokenOff) or not self._answered:
            return False  # a machine without a network is told so at once
        return True if error.wait_s is None else error.wait_s

    def _request(self) -> None:
        validator = self._partial.validator(self._shown)
        start = self._partial.size if validator else 0
        # Compressed bytes could be neither counted nor gone on with.
        headers = {"User-Agent": "colourway", "Accept-Encoding": "identity"}
        if validator:
            headers |= {"Range": f"bytes={start}-", "If-Range": validator}
        try:
            with self._client.stream("GET", self._url, headers=headers) as response:
                self._answered = True
                self._take(response, start, validator)
        except (httpx2.UnsupportedProtocol, httpx2.TooManyRedirects, httpx2.InvalidURL) as error:
            raise WeightsError(f"{self._shown} leads nowhere: {error}; check the URL") from error
        except httpx2.TimeoutException as error:
            reason = f"no byte came for {self._patience.silence_s:g} s"
            raise BrokenOff(reason) from error
        except httpx2.TransportError as error:
            raise BrokenOff(str(error) or type(error).__name__) from error

    def _take(self, response: httpx2.Response, start: int, validator: str | None) -> None:
        if response.status_code == 206 and validator:
            self._require_next_part(response, start, validator)
        else:
            self._require_whole(response, start)
            self._partial.restart(self._shown, _validator_of(response))
        self._watcher.at(self._partial.size)
        head = b"" if self._partial.size == 0 else HDF5_SIGNATURE
        for chunk in response.iter_raw():
            self.received += len(chunk)
            if len(head) < len(HDF5_SIGNATURE):
                head = (head + chunk)[: len(HDF5_SIGNATURE)]
                self._require_signature(head)
            if self._partial.size + len(chunk) > self._size:
                self._partial.empty()
                self._refuse_size("goes on beyond")
            self._partial.append(chunk)
            self._watcher.at(self._partial.size)
        if self._partial.size < self._size:
            raise BrokenOff(f"{self._shown} ended after {self._partial.size:,} bytes")

    def _require_next_part(self, response: httpx2.Response, start: int, validator: str) -> None:
        match = _CONTENT_RANGE.fullmatch(response.headers.get("content-range", ""))
        fits = match and int(match[1]) == start and match[2] in ("*", str(self._size))
        # Some servers know Range but not If-Range, and send a part of whatever they have now.
        same = response.headers.get("etag" if validator.startswith('"') else "last-modified")
        if not fits or same not in (validator, None):
            self._partial.empty()
            raise BrokenOff(f"{self._shown} has another version now", _AT_ONCE_S)

    def _require_whole(self, response: httpx2.Response, start: int) -> None:
        """Let only an answer pass that promises the whole file, before anything is given up."""
        status = response.status_code
        if status == 416:
            self._partial.empty()
            raise BrokenOff(f"{self._shown} has no bytes after {start:,}", _AT_ONCE_S)
        if status in _FOR_NOW or status >= 500:
            raise BrokenOff(f"{self._shown} answered with status {status}", _asked_wait(response))
        if status != 200:
            what = "is not there" if status in _NOT_THERE else "is refused"
            raise WeightsError(
                f"{self._shown} {what} (status {status}); check the URL, or name a mirror with "
                "--url"
            )
        if response.headers.get("content-type", "").lower().startswith("text/html"):
            self._refuse_page()
        declared = response.headers.get("content-length", "")
        if declared.isdecimal() and int(declared) != self._size:
            self._refuse_size(f"has {int(declared):,} bytes instead of")
        if start:
            self._watcher.say(
                f"{self._shown} has another version now, or cannot go on: beginning anew"
            )

    def _require_signature(self, head: bytes) -> None:
        if HDF5_SIGNATURE.startswith(head):
            return
        self._partial.empty()
        if head.lstrip().startswith(b"<"):
            self._refuse_page()
        raise WeightsError(
            f"{self._shown} is no HDF5 file, it begins with {head!r}; check the URL, or name a "
            "mirror with --url"
        )

    def _refuse_page(self) -> None:
        raise WeightsError(
            f"{self._shown} is a web page instead of a file: perhaps a log-in page of your network "
            "or the page about the file; open it in a browser, or name a mirror with --url"
        )

    def _refuse_size(self, how: str) -> None:
        raise WeightsError(
            f"{self._shown} {how} {self._size:,} bytes: it is another file; check the URL, or name "
            "a mirror with --url"
        )


def _validator_of(response: httpx2.Response) -> str | None:
    """The server's mark of a version, where it is strong enough to put two parts together."""
    etag = response.headers.get("etag", "")
    if etag and not etag.startswith("W/"):
        return etag
    return response.headers.get("last-modified")


def _asked_wait(response: httpx2.Response) -> float | None:
    value = response.headers.get("retry-after", "")
    return min(float(value), _LONGEST_ASKED_WAIT_S) if value.isdecimal() else None
