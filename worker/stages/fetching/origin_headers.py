"""Request headers by origin: what some servers want to see, and no other may.

A JSON file (``COLOURWAY_FETCH_HEADERS``) names origins, and the headers of requests to each::

    {
      "https://images.shop.example": {"Cookie": "session=…", "Referer": "https://shop.example/"},
      "https://*.cdn.example": {"X-Api-Key": "…"}
    }

The values may be secrets: no message, log or ``repr`` shows one.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self, cast

import httpx2

from shared.errors import SettingsError
from worker.stages.fetching.addresses import stated_addresses
from worker.stages.fetching.urls import BadUrlError, origin_of, parse_web_url

Header = tuple[bytes, bytes]

_SETTING: Final = "COLOURWAY_FETCH_HEADERS"
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}")
_VALUE: Final = re.compile(r"[!-~](?:[ -~\t]*[!-~])?")
_OURS: Final = re.compile(
    r"host|connection|keep-alive|te|trailer|transfer-encoding|upgrade|expect|range|accept-encoding"
    r"|if-.*|content-.*|proxy-.*",
    re.IGNORECASE,
)
"""Names that say how a request is made. They are the client's own business."""


@dataclass(frozen=True)
class _Rule:
    scheme: str
    host: str
    port: int
    subdomains: bool
    headers: tuple[Header, ...] = field(repr=False)

    def covers(self, url: httpx2.URL) -> bool:
        scheme, host, port = origin_of(url)
        if (scheme, port) != (self.scheme, self.port):
            return False
        return host.endswith(f".{self.host}") if self.subdomains else host == self.host


class OriginHeaders:
    """The headers for each origin: scheme, host and port, as a browser tells servers apart."""

    def __init__(self, rules: tuple[_Rule, ...] = ()) -> None:
        # What names a host goes before what names a domain, and the longer domain first.
        self._rules = sorted(rules, key=lambda rule: (rule.subdomains, -len(rule.host)))

    def __repr__(self) -> str:
        return f"OriginHeaders of {len(self._rules)} origins"

    @classmethod
    def read(cls, path: Path | None) -> Self:
        """Read the file; without one, no origin has headers.

        Raises:
            SettingsError: it cannot be read, or something in it makes no sense; names it, and no
                value.
        """
        if path is None:
            return cls()
        try:
            content = json.loads(path.read_bytes())
        except OSError as error:
            raise SettingsError(f"{_SETTING}: {path} cannot be read: {error.strerror}") from error
        except ValueError:
            raise SettingsError(f"{_SETTING}: {path} is not JSON") from None
        if not isinstance(content, dict):
            raise _fault(path, 'write {"https://host": {"Header": "value"}}')
        origins = cast("dict[str, Any]", content)
        return cls(tuple(_rule(path, origin, headers) for origin, headers in origins.items()))

    def of(self, url: httpx2.URL) -> Mapping[str, Header]:
        """The headers for a request to a URL, by their names in small letters."""
        found: dict[str, Header] = {}
        for rule in self._rules:
            if rule.covers(url):
                for name, value in rule.headers:
                    found.setdefault(name.decode("ascii").lower(), (name, value))
        return found


def _rule(path: Path, origin: str, headers: object) -> _Rule:
    subdomains = "://*." in origin
    try:
        url = parse_web_url(origin.replace("://*.", "://", 1))
    except BadUrlError:
        raise _fault(
            path, f"{origin[:80]!r} is no origin; write https://host or https://*.domain"
        ) from None
    if url.userinfo or url.query or url.fragment or url.path != "/" or "*" in url.host:
        raise _fault(path, f"{url.host[:80]!r}: write scheme, host and port alone: https://host")
    scheme, host, port = origin_of(url)
    if subdomains and ("." not in host or stated_addresses(host)):
        raise _fault(path, f"{origin[:80]!r} is too wide; name a domain: https://*.shop.example")
    if not isinstance(headers, dict):
        raise _fault(path, f'the headers of {origin[:80]!r} must be {{"Name": "value"}}')
    pairs = cast("dict[str, object]", headers)
    return _Rule(
        scheme,
        host,
        port,
        subdomains,
        tuple(_header(path, origin, name, value) for name, value in pairs.items()),
    )


def _header(path: Path, origin: str, name: str, value: object) -> Header:
    where = f"{origin[:80]!r}, header {name[:40]!r}"
    if not _NAME.fullmatch(name):
        raise _fault(path, f"{where}: that is no name of a header")
    if _OURS.fullmatch(name):
        raise _fault(path, f"{where}: that one cannot be set")
    if not isinstance(value, str) or not _VALUE.fullmatch(value):
        raise _fault(path, f"{where}: its value must be text of visible ASCII characters")
    return name.encode("ascii"), value.encode("ascii")


def _fault(path: Path, why: str) -> SettingsError:
    return SettingsError(f"{_SETTING}: {path}: {why}")
