"""Pictures from web servers: one pooled client, every step bounded."""

from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, NamedTuple, Self

import httpcore2
import httpx2

from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.stages import Code, Stage
from shared.errors import StageError
from shared.settings import Settings
from worker.stages.fetching.connections import (
    CheckedBackend,
    Deadline,
    ForbiddenAddressError,
    within,
)
from worker.stages.fetching.responses import (
    NOT_MODIFIED,
    REDIRECTS,
    Headers,
    ResponseBody,
    refuse_status,
)
from worker.stages.fetching.urls import (
    BadUrlError,
    basic_credentials,
    parse_web_url,
    same_origin,
    show_url,
)
from worker.stages.fetching.validators import Validators, condition, place_of, read_validators

_IDLE_S: Final = 30.0
_HEADERS: Final = (
    (b"User-Agent", b"colourway"),
    (b"Accept", b"image/jpeg, image/png;q=0.9, image/*;q=0.8, */*;q=0.1"),
    (b"Accept-Encoding", b"identity"),
)


class Downloaded(NamedTuple):
    """A picture as a web server sent it.

    ``content`` is None where the server said that it is still the one that was seen. ``url`` is
    where it was found, without credentials; ``found_at`` see
    :class:`shared.contracts.fingerprint.SourceFingerprint`.
    """

    content: bytes | None
    url: str
    validators: Validators
    found_at: str | None


class _Answer(NamedTuple):
    """What one server said: a body, or None for "not modified"."""

    content: bytes | None
    validators: Validators


class Downloader:
    """Downloads pictures over http and https. One for a process; safe to use from threads.

    Proxies from the environment are not used: they would resolve names out of our sight.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpcore2.default_ssl_context(),  # otherwise read for each connection
            max_connections=None,  # bounded by the threads that fetch
            max_keepalive_connections=2 * settings.fetch_threads,
            keepalive_expiry=_IDLE_S,
            network_backend=CheckedBackend(settings.allowed_networks),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()

    def get(self, text: str, known: SourceFingerprint | None = None) -> Downloaded:
        """Download one picture, following redirects.

        Args:
            text: an http(s) URL; user and password in it go to that server alone.
            known: what was last seen there; the server need not send that again.

        Returns:
            The body, where it was found, and by what to ask for it the next time.

        Raises:
            StageError: any of the ``fetch_…`` codes; see :meth:`worker.stages.fetch.Fetcher.fetch`.
        """
        url = _parsed(text)
        asked = _without_credentials(url)
        credentials = basic_credentials(url)
        with within(Deadline(self._settings.fetch_timeout_s)):
            for _ in range(self._settings.max_redirects + 1):
                here = _without_credentials(url)
                question = condition(known, here, asked) if known else None
                outcome = self._one_hop(url, credentials, question)
                if isinstance(outcome, _Answer):
                    return Downloaded(
                        outcome.content, here, outcome.validators, place_of(here, asked)
                    )
                if not same_origin(url, outcome):
                    credentials = None
                credentials = basic_credentials(outcome) or credentials
                url = outcome
        raise _fault(
            Code.FETCH_TOO_MANY_REDIRECTS,
            f"{show_url(text)} redirects more than {self._settings.max_redirects} times "
            "(COLOURWAY_MAX_REDIRECTS)",
        )

    def _one_hop(
        self, url: httpx2.URL, credentials: bytes | None, question: tuple[bytes, bytes] | None
    ) -> _Answer | httpx2.URL:
        """The answer at a URL, or the URL to which it redirects."""
        shown = show_url(str(url))
        request_headers = _request_headers(url, credentials, question)
        with (
            self._faults_named(shown),
            self._pool.stream("GET", _core_url(url), headers=request_headers) as response,
        ):
            headers = Headers(response.headers)
            location = headers.get("location")
            if response.status in REDIRECTS and location:
                return _redirect(url, location)
            validators = read_validators(headers)
            if question is not None and response.status == NOT_MODIFIED:
                response.read()  # nothing, but the connection serves the next picture
                return _Answer(None, validators)
            refuse_status(shown, response.status, headers)
            body = ResponseBody(shown, headers, self._settings.max_image_bytes)
            return _Answer(_read(response, body, shown), validators)

    @contextmanager
    def _faults_named(self, shown: str) -> Generator[None]:
        try:
            yield
        except ForbiddenAddressError as error:
            raise _fault(
                Code.FETCH_FORBIDDEN_ADDRESS,
                f"{shown} is not fetched: {error}; if that network is your own, add it to "
                "COLOURWAY_ALLOWED_NETWORKS",
            ) from error
        except httpcore2.TimeoutException as error:
            raise _fault(
                Code.FETCH_TIMEOUT,
                f"{shown} did not come within {self._settings.fetch_timeout_s:g} s "
                "(COLOURWAY_FETCH_TIMEOUT_S)",
                retry=True,
            ) from error
        except httpcore2.LocalProtocolError as error:
            message = f"{shown} makes no valid request: {error}"
            raise _fault(Code.FETCH_BAD_URL, message) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            message = f"{shown} cannot be reached: {error}"
            raise _fault(Code.FETCH_UNREACHABLE, message, retry=True) from error


def _read(response: httpcore2.Response, body: ResponseBody, shown: str) -> bytes:
    try:
        for chunk in response.iter_stream():
            body.add(chunk)
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        message = f"{shown} broke off before its end: {error}"
        raise _fault(Code.FETCH_INCOMPLETE, message, retry=True) from error
    return body.content()


def _parsed(text: str) -> httpx2.URL:
    try:
        return parse_web_url(text)
    except BadUrlError as error:
        raise _fault(Code.FETCH_BAD_URL, str(error)) from None


def _redirect(url: httpx2.URL, location: str) -> httpx2.URL:
    try:
        return parse_web_url(str(url.copy_with(userinfo=b"", fragment=None).join(location)))
    except (BadUrlError, httpx2.InvalidURL, ValueError):
        raise _fault(
            Code.FETCH_BAD_URL,
            f"{show_url(str(url))} redirects to {show_url(location)}, which is no http(s) URL",
        ) from None


def _core_url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _without_credentials(url: httpx2.URL) -> str:
    return str(url.copy_with(userinfo=b""))


def _request_headers(
    url: httpx2.URL, credentials: bytes | None, question: tuple[bytes, bytes] | None
) -> list[tuple[bytes, bytes]]:
    headers = [(b"Host", url.netloc), *_HEADERS]
    if credentials:
        headers.append((b"Authorization", credentials))
    return [*headers, question] if question else headers


def _fault(code: Code, message: str, retry: bool = False) -> StageError:
    return StageError(Stage.FETCH, code, message, retry)
