"""Cookies of one fetch: servers that set one and redirect want it back."""

from collections.abc import Iterable

import httpx2


class FetchCookies:
    """What servers set while one picture is fetched; forgotten with it.

    Each goes back where a browser would send it: to its own domain, path and scheme.
    """

    def __init__(self) -> None:
        self._jar = httpx2.Cookies()

    def keep(self, url: httpx2.URL, headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Keep what an answer sets."""
        set_cookies = [pair for pair in headers if pair[0].lower() == b"set-cookie"]
        if set_cookies:
            request = httpx2.Request("GET", url)
            self._jar.extract_cookies(httpx2.Response(302, headers=set_cookies, request=request))

    def header(self, url: httpx2.URL) -> bytes | None:
        """The value of ``Cookie`` for a request; None where there is nothing to send."""
        request = httpx2.Request("GET", url)
        self._jar.set_cookie_header(request)
        value = request.headers.get("cookie")
        return value.encode("latin-1", "ignore") if value else None
