"""URLs of pictures, read strictly."""

import re
from base64 import b64encode
from typing import Final

import httpx2

from shared.redaction import show_url

MAX_URL_LENGTH: Final = 8192

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_HOST: Final = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


class BadUrlError(ValueError):
    """Not a URL that a picture can be fetched from; the message holds no credentials."""


def scheme_of(text: str) -> str:
    """The scheme in small letters, e.g. ``"https"``; ``""`` for a path."""
    match = _SCHEME.match(text)
    return match[1].lower() if match else ""


def parse_web_url(text: str) -> httpx2.URL:
    """Read an http(s) URL; spaces and letters beyond ASCII are encoded as browsers do.

    Raises:
        BadUrlError: anything else.
    """
    shown = show_url(text)
    if len(text) > MAX_URL_LENGTH:
        raise BadUrlError(f"{shown}: a URL of {len(text)} characters, more than {MAX_URL_LENGTH}")
    if _CONTROL.search(text):
        raise BadUrlError(f"{shown}: a URL with control characters in it")
    try:
        url = httpx2.URL(text)
        host, port = url.raw_host.decode("ascii"), _port(url)
        host.encode("idna")  # empty labels and labels over 63 letters
    except (httpx2.InvalidURL, ValueError):
        # Where it cannot be read, any part of it may be a password.
        raise BadUrlError(
            f"{scheme_of(text)}://…: a URL whose host or port makes no sense"
        ) from None
    if url.scheme not in ("http", "https"):
        raise BadUrlError(f"{shown}: only http, https and s3 pictures are fetched")
    if not _HOST.fullmatch(host) or not 0 < port < 65536:
        raise BadUrlError(f"{shown}: a URL whose host or port makes no sense")
    return url


def basic_credentials(url: httpx2.URL) -> bytes | None:
    """The ``Authorization`` header that a URL's user and password ask for, if it has any."""
    if not url.userinfo:
        return None
    pair = f"{url.username}:{url.password}".encode()
    return b"Basic " + b64encode(pair)


def same_origin(one: httpx2.URL, other: httpx2.URL) -> bool:
    """Whether two URLs lead to the same server: scheme, host and port."""
    return origin_of(one) == origin_of(other)


def origin_of(url: httpx2.URL) -> tuple[str, str, int]:
    """Scheme, host and port of a URL that was parsed here; the host in small ASCII letters."""
    return url.scheme, url.raw_host.decode("ascii").lower(), _port(url)


def _port(url: httpx2.URL) -> int:
    return url.port if url.port is not None else (443 if url.scheme == "https" else 80)
