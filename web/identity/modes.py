"""How people sign in: chosen by the settings, and refused where it would let everybody in."""

from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING

from shared.errors import SettingsError

if TYPE_CHECKING:
    from shared.settings import Settings


class SignIn(StrEnum):
    """How people sign in."""

    NONE = "none"
    USERS = "users"
    PROXY = "proxy"


def choose_sign_in(settings: "Settings", host: str) -> SignIn:
    """Return how people sign in to a page that listens on an address.

    Raises SettingsError where nobody would on an address that others reach, and where a proxy is
    to sign them in and none is trusted.
    """
    is_mine = is_loopback(host)
    if settings.web_sign_in == "auto":
        return SignIn.NONE if is_mine and settings.embedded else SignIn.USERS
    chosen = SignIn(settings.web_sign_in)
    if chosen is SignIn.NONE and not is_mine:
        raise SettingsError(
            f"COLOURWAY_WEB_SIGN_IN=none lets everybody do everything, and others reach {host}: "
            "listen on 127.0.0.1, or have people sign in as users or by a proxy"
        )
    if chosen is SignIn.PROXY and not settings.web_trusted_proxies:
        raise SettingsError(
            "COLOURWAY_WEB_SIGN_IN=proxy: name the proxy's network in COLOURWAY_WEB_TRUSTED_PROXIES"
        )
    return chosen


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches an address."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"
