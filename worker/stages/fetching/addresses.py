"""Which addresses a worker may connect to.

A feed is somebody else's text. Without these rules a URL in it could make the worker read what
only the worker can reach: its own services, its neighbours, the cloud's credentials endpoint. The
tables follow IANA's special-purpose address registries; they are written out because the standard
library's change with its patch version and look into no IPv4 address wrapped in an IPv6 one.
"""

import socket
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

from shared.fetch_settings import AllowedNetwork

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_REFUSED: Final[tuple[tuple[Network, str], ...]] = tuple(
    (ip_network(text), name)
    for text, name in (
        ("0.0.0.0/8", "this host"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud platform"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::/96", "IPv4-compatible"),
        ("64:ff9b:1::/48", "private NAT64"),
        ("100::/64", "discard"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("fec0::/10", "site-local"),
        ("ff00::/8", "multicast"),
    )
)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
# The network translates these into IPv4 on the way: what counts is the address inside. The other
# wrappings (6to4, Teredo, IPv4-compatible) are out of use and refused whatever they hold.
_NAT64: Final = IPv6Network("64:ff9b::/96")


def objection(
    address: Address, allowed: Iterable[AllowedNetwork] = (), port: int | None = None
) -> str | None:
    """Say why an address may not be connected to.

    Args:
        address: as resolved, wrapped or not.
        allowed: networks of one's own that may be reached all the same, some at one port alone.
        port: the port to connect to.

    Returns:
        A phrase such as ``"127.0.0.1 is a loopback address (127.0.0.0/8)"``; None where the
        address is a public one, or lies in an allowed network.
    """
    inner = unwrapped(address)
    if any(
        _lies_in(candidate, network)
        for network, at in allowed
        if at in (None, port)
        for candidate in (address, inner)
    ):
        return None
    shown = str(address) if inner == address else f"{address}, that is {inner},"
    for network, name in _REFUSED:
        if _lies_in(inner, network):
            return f"{shown} is a {name} address ({network})"
    if isinstance(inner, IPv6Address) and inner not in _GLOBAL_UNICAST:
        return f"{shown} is not a global address ({_GLOBAL_UNICAST})"
    return None


def unwrapped(address: Address) -> Address:
    """The IPv4 address inside an IPv4-mapped or NAT64 one; any other address as it is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def resolve(host: str) -> list[Address]:
    """Every address of a host, in the system's order of preference.

    Numbers in any spelling that the system takes (``127.1``, ``0x7f000001``, ``2130706433``) come
    out as the addresses they mean.

    Raises:
        OSError: the name has no address, or the name server does not answer.
        UnicodeError: the name cannot be a host's.
    """
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


def stated_addresses(host: str) -> list[Address]:
    """The addresses that a host states by itself: numbers in any spelling, and ``localhost``.

    No name server is asked; any other name states none.
    """
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return [IPv4Address("127.0.0.1")]
    try:
        found = socket.getaddrinfo(name, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(ip_address(str(entry[4][0])) for entry in found))


def _lies_in(address: Address, network: Network) -> bool:
    return address.version == network.version and address in network
