"""What can be set of the page: how people sign in, and how much any of them may ask of it."""

from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from shared.comma_list import split_list
from shared.contracts.web_roles import WebRole


class WebSettings(BaseSettings):
    """The part of :class:`~shared.settings.Settings` that ``colourway web`` reads."""

    web_sign_in: Literal["auto", "none", "users", "proxy"] = "auto"
    """How people sign in: not at all (on a loopback address alone), as users of ``colourway
    web-user``, or by a reverse proxy's word. ``auto``: not at all in embedded mode on a loopback
    address, else as users."""

    web_trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode] = ()
    """Networks whose reverse proxies are believed (CIDR, comma-separated): the client's address,
    whether it came by HTTPS, and with ``proxy`` who it is."""

    web_proxy_header: str = Field("X-Forwarded-User", pattern=r"^[A-Za-z][A-Za-z0-9-]{0,63}$")
    """The header in which such a proxy names the user, with ``proxy``."""

    web_proxy_role: WebRole | None = None
    """The role of those whom the proxy names and ``colourway web-user`` does not know; without it
    they are refused."""

    web_session_s: float = Field(43_200.0, gt=0)
    """After so long whoever signed in must do so again."""

    web_idle_s: float = Field(7_200.0, gt=0)
    """After so long without a request, too."""

    web_sign_ins_per_minute: float = Field(6.0, gt=0)
    """Attempts to sign in, for one address and again for one name, on average."""

    web_secret: str | None = Field(None, min_length=16, repr=False)
    """Signs links to pictures. Without it each service makes one when it starts, and its links are
    good for itself alone: set it where several stand behind one address."""

    web_analyze: bool = False
    """Whether ``POST /api/v1/analyze`` takes pictures."""

    web_analyses_per_minute: float = Field(10.0, gt=0)
    """How many pictures one key or user may have analysed, on average."""

    web_connections: int = Field(500, ge=20)
    """The most connections at a time; beyond it the one goes that has kept us waiting longest."""

    web_timeout_s: float = Field(15.0, gt=0)
    """How long a client may take for a request's head, again for its body, and for the answer."""

    @field_validator("web_trusted_proxies", mode="before")
    @classmethod
    def _split_proxies(cls, networks: object) -> object:
        return split_list(networks)
