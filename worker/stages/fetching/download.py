"""Pictures from web servers: one pooled client, every step bounded."""

from ipaddress import ip_network
from types import TracebackType
from typing import Final, NamedTuple, Self

import httpcore2
import httpx2

from shared.contracts.fingerprint import SourceFingerprint
from shared.contracts.stages import Code
from shared.errors import SettingsError
from shared.fetch_settings import AllowedNetwork
from shared.redaction import show_url
from shared.settings import Settings
from worker.stages.fetching.addresses import objection, stated_addresses
from worker.stages.fetching.connections import (
    CheckedBackend,
    Deadline,
    ForbiddenAddressError,
    within,
)
from worker.stages.fetching.cookies import FetchCookies
from worker.stages.fetching.faults import faults_named, fetch_fault
from worker.stages.fetching.origin_headers import Header, OriginHeaders
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
    origin_of,
    parse_web_url,
    same_origin,
)
from worker.stages.fetching.validators import Validators, condition, place_of, read_validators

_IDLE_S: Final = 30.0
_ACCEPT: Final = b"image/jpeg, image/png;q=0.9, image/*;q=0.8, */*;q=0.1"
_ANYWHERE: Final = tuple(AllowedNetwork(ip_network(text)) for text in ("0.0.0.0/0", "::/0"))


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

    A proxy is used where ``COLOURWAY_FETCH_PROXY`` names one, and never because the environment
    does (``HTTPS_PROXY``): it resolves names out of our sight. What a URL's host states by itself
    is checked here all the same.
    """

    def __init__(self, settings: Settings) -> None:
        """Raises :class:`~shared.errors.SettingsError` where the file of headers makes no sense."""
        self._settings = settings
        self._origin_headers = OriginHeaders.read(settings.fetch_headers)
        self._proxy, self._way = _proxy(settings.fetch_proxy)
        # With a proxy nothing else is connected to, and that one may stand in any network.
        reachable = _ANYWHERE if self._proxy else settings.allowed_networks
        self._pool = httpcore2.ConnectionPool(
            proxy=self._proxy,
            ssl_context=httpcore2.default_ssl_context(),  # otherwise read for each connection
            max_connections=None,  # bounded by the threads that fetch
            max_keepalive_connections=2 * settings.fetch_threads,
            keepalive_expiry=_IDLE_S,
            network_backend=CheckedBackend(reachable),
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
        credentials, cookies = basic_credentials(url), FetchCookies()
        with within(Deadline(self._settings.fetch_timeout_s)):
            for _ in range(self._settings.max_redirects + 1):
                here = _without_credentials(url)
                question = condition(known, here, asked) if known else None
                headers = self._request_headers(url, credentials, cookies)
                outcome = self._one_hop(url, headers, question, cookies)
                if isinstance(outcome, _Answer):
                    return Downloaded(
                        outcome.content, here, outcome.validators, place_of(here, asked)
                    )
                if not same_origin(url, outcome):
                    credentials = None
                credentials = basic_credentials(outcome) or credentials
                url = outcome
        raise fetch_fault(
            Code.FETCH_TOO_MANY_REDIRECTS,
            f"{show_url(text)} redirects more than {self._settings.max_redirects} times "
            "(COLOURWAY_MAX_REDIRECTS)",
        )

    def _one_hop(
        self,
        url: httpx2.URL,
        request_headers: list[Header],
        question: Header | None,
        cookies: FetchCookies,
    ) -> _Answer | httpx2.URL:
        """The answer at a URL, or the URL to which it redirects."""
        shown = show_url(str(url))
        if question is not None:
            request_headers = [*request_headers, question]
        with faults_named(shown, self._settings.fetch_timeout_s, self._way):
            self._check_stated(url)
            with self._pool.stream("GET", _core_url(url), headers=request_headers) as response:
                headers = Headers(response.headers)
                location = headers.get("location")
                if response.status in REDIRECTS and location:
                    cookies.keep(url, response.headers)
                    return _redirect(url, location)
                validators = read_validators(headers)
                if question is not None and response.status == NOT_MODIFIED:
                    response.read()  # nothing, but the connection serves the next picture
                    return _Answer(None, validators)
                refuse_status(shown, response.status, headers)
                body = ResponseBody(shown, headers, self._settings.max_image_bytes)
                return _Answer(_read(response, body, shown), validators)

    def _check_stated(self, url: httpx2.URL) -> None:
        """Check the address that a URL's host states, where a proxy connects in our place."""
        if self._proxy is None:
            return  # every address is checked when it is connected to
        _, host, port = origin_of(url)
        for address in stated_addresses(host):
            if reason := objection(address, self._settings.allowed_networks, port):
                raise ForbiddenAddressError(reason)

    def _request_headers(
        self, url: httpx2.URL, credentials: bytes | None, cookies: FetchCookies
    ) -> list[Header]:
        """The headers of a request; those of a setting go to the origin that it names alone."""
        headers: dict[str, Header] = {
            "host": (b"Host", url.netloc),
            "user-agent": (b"User-Agent", self._settings.user_agent.encode("ascii")),
            "accept": (b"Accept", _ACCEPT),
            "accept-encoding": (b"Accept-Encoding", b"identity"),
            **self._origin_headers.of(url),
        }
        if credentials:
            headers["authorization"] = (b"Authorization", credentials)
        if set_here := cookies.header(_plain(url)):
            _, ours = headers.get("cookie", (b"", b""))
            headers["cookie"] = (b"Cookie", b"; ".join(filter(None, (ours, set_here))))
        return list(headers.values())


def _proxy(text: str | None) -> tuple[httpcore2.Proxy | None, str]:
    """The proxy of a setting, and how messages name it: without its password."""
    if text is None:
        return None, ""
    try:
        url = parse_web_url(text)
    except BadUrlError:
        raise SettingsError("COLOURWAY_FETCH_PROXY: its host or port makes no sense") from None
    auth = (url.username.encode(), url.password.encode()) if url.userinfo else None
    shown = f"{url.scheme}://{url.netloc.decode('ascii')}"
    way = f" through the proxy {shown} (COLOURWAY_FETCH_PROXY)"
    return httpcore2.Proxy(_core_url(url), auth), way


def _read(response: httpcore2.Response, body: ResponseBody, shown: str) -> bytes:
    try:
        for chunk in response.iter_stream():
            body.add(chunk)
    except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        message = f"{shown} broke off before its end: {error}"
        raise fetch_fault(Code.FETCH_INCOMPLETE, message, retry=True) from error
    return body.content()


def _parsed(text: str) -> httpx2.URL:
    try:
        return parse_web_url(text)
    except BadUrlError as error:
        raise fetch_fault(Code.FETCH_BAD_URL, str(error)) from None


def _redirect(url: httpx2.URL, location: str) -> httpx2.URL:
    try:
        return parse_web_url(str(url.copy_with(userinfo=b"", fragment=None).join(location)))
    except (BadUrlError, httpx2.InvalidURL, ValueError):
        raise fetch_fault(
            Code.FETCH_BAD_URL,
            f"{show_url(str(url))} redirects to {show_url(location)}, which is no http(s) URL",
        ) from None


def _core_url(url: httpx2.URL) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )


def _without_credentials(url: httpx2.URL) -> str:
    return str(_plain(url))


def _plain(url: httpx2.URL) -> httpx2.URL:
    return url.copy_with(userinfo=b"")
