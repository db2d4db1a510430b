"""What a reverse proxy says of a request, believed only where the proxy is trusted."""

from ipaddress import ip_address
from typing import Final

from fastapi import Request

from shared.web_settings import WebSettings

FORWARDED_FOR: Final = "x-forwarded-for"
FORWARDED_PROTO: Final = "x-forwarded-proto"


def is_trusted(address: str, settings: WebSettings) -> bool:
    """Return whether an address is that of a proxy of ``COLOURWAY_WEB_TRUSTED_PROXIES``."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in settings.web_trusted_proxies)


def came_by_proxy(request: Request) -> bool:
    """Return whether a trusted proxy sent this request."""
    return is_trusted(_peer(request), request.app.state.settings)


def client_address(request: Request) -> str:
    """Return the client's address: the last that no trusted proxy has, behind such a proxy."""
    address = _peer(request)
    settings = request.app.state.settings
    hops = [hop.strip() for hop in request.headers.get(FORWARDED_FOR, "").split(",")]
    while hops and is_trusted(address, settings):
        address = hops.pop() or address
    return address


def is_https(request: Request) -> bool:
    """Return whether the client came by HTTPS."""
    if came_by_proxy(request):
        return request.headers.get(FORWARDED_PROTO, "").lower() == "https"
    return request.url.scheme == "https"


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""
