"""What can be set of fetching pictures: limits, allowed networks, headers, proxy, patience."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Final, NamedTuple, cast

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from shared.comma_list import split_list

Network = IPv4Network | IPv6Network


class AllowedNetwork(NamedTuple):
    """A network that may be reached although it is private: at one port, or at any (None)."""

    network: Network
    port: int | None = None

    def __str__(self) -> str:
        if self.port is None:
            return str(self.network)
        shown = f"[{self.network}]" if self.network.version == 6 else str(self.network)
        return f"{shown}:{self.port}"


# A port stands behind an IPv4 network as it is, behind an IPv6 one in brackets.
_NETWORK: Final = re.compile(
    r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<v4>[0-9./]+)):(?P<port>[0-9]{1,5})", re.ASCII
)
_PROXY: Final = re.compile(
    r"https?://(?:[^\s/@]+@)?(?:[\w.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}/?", re.ASCII
)


class FetchSettings(BaseSettings):
    """The part of :class:`~shared.settings.Settings` that the stage ``fetch`` reads."""

    fetch_timeout_s: float = Field(20.0, gt=0)
    """Total time for one picture, redirects and body included."""

    max_image_bytes: int = Field(20_000_000, gt=0)
    """The most bytes that are read of one picture."""

    max_redirects: int = Field(5, ge=0)
    """The most redirects that are followed for one picture."""

    allowed_networks: Annotated[tuple[AllowedNetwork, ...], NoDecode] = ()
    """Private networks (CIDR, comma-separated) from which pictures may be fetched all the same;
    with a port, at that port alone: ``10.1.0.0/16:8080``, ``[fd12::/16]:443``."""

    allowed_buckets: Annotated[tuple[str, ...] | None, NoDecode] = None
    """The buckets that feeds and upload events may name, comma-separated; ``*``: every one.
    Without it, those that other settings name: :mod:`shared.storage.buckets`."""

    user_agent: str = Field("colourway", pattern=r"^[!-~](?:[ -~]{0,398}[!-~])?$")
    """What a worker calls itself where it fetches: ``User-Agent``."""

    fetch_headers: Path | None = None
    """JSON file of further request headers, cookies among them, by origin (docs/operations)."""

    fetch_proxy: str | None = Field(None, repr=False)
    """The proxy over which pictures are fetched, ``http://user:password@host:port``."""

    fetch_threads: int = Field(4, ge=1, le=64)
    """How many pictures a worker fetches at a time."""

    fetches_per_host: int | None = Field(None, ge=1, le=64)
    """How many of them from one host; without it, one less than ``fetch_threads``."""

    host_patience_s: float = Field(86_400.0, gt=0)
    """How long a host may throttle every request before its jobs are quarantined."""

    @field_validator("fetch_proxy")
    @classmethod
    def _name_the_proxy(cls, proxy: str | None) -> str | None:
        if proxy is not None and not _PROXY.fullmatch(proxy):
            raise ValueError("must be http://host:port or http://user:password@host:port")
        return proxy

    @field_validator("allowed_networks", mode="before")
    @classmethod
    def _split_networks(cls, networks: object) -> object:
        names = split_list(networks)
        if names is networks:
            return networks
        try:
            return tuple(map(_read_network, cast("tuple[str, ...]", names)))
        except ValueError as error:
            raise ValueError(
                f"{error}; write networks such as 10.1.0.0/16 or 10.1.0.0/16:8080"
            ) from error

    @field_validator("allowed_buckets", mode="before")
    @classmethod
    def _split_buckets(cls, buckets: object) -> object:
        return split_list(buckets)


def _read_network(text: str) -> AllowedNetwork:
    found = _NETWORK.fullmatch(text)
    if found is None:
        return AllowedNetwork(ip_network(text))
    port = int(found["port"])
    if not 0 < port < 65536:
        raise ValueError(f"{text!r}: there is no port {port}")
    return AllowedNetwork(ip_network(found["v6"] or found["v4"]), port)
