from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.fetch_settings import AllowedNetwork
from worker.stages.fetching.addresses import objection, resolve, unwrapped


def mapped(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0xFFFF_0000_0000 | int(inner))


def nat64(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0x0064_FF9B << 96 | int(inner))


def compatible(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(int(inner))


def six_to_four(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0x2002 << 112 | int(inner) << 80)


def teredo(inner: IPv4Address) -> IPv6Address:
    return IPv6Address(0x2001_0000 << 96 | int(inner) ^ 0xFFFF_FFFF)


WRAPPINGS = (mapped, nat64, compatible, six_to_four, teredo)

PRIVATE = [
    ip_network(text)
    for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")
]
private_addresses = st.sampled_from(PRIVATE).flatmap(
    lambda network: st.integers(0, network.num_addresses - 1).map(
        lambda index: IPv4Address(int(network.network_address) + index)
    )
)


@pytest.mark.parametrize(
    "text",
    [
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2a00:1450:4001:81b::200e",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_public_addresses_are_fine(text: str) -> None:
    assert objection(ip_address(text)) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("0.0.0.0", "this host"),
        ("0.1.2.3", "this host"),
        ("10.255.255.255", "private"),
        ("100.64.0.0", "carrier-grade NAT"),
        ("100.100.100.200", "carrier-grade NAT"),
        ("127.0.0.1", "loopback"),
        ("168.63.129.16", "cloud platform"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("192.0.0.192", "reserved"),
        ("192.168.0.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("203.0.113.9", "documentation"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::7f00:1", "IPv4-compatible"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:a9fe:a9fe", "link-local"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("64:ff9b:1::1", "private NAT64"),
        ("100::1", "discard"),
        ("2001:0:4136:e378::", "Teredo"),
        ("2001:10::1", "reserved"),
        ("2001:db8::1", "documentation"),
        ("2002:a9fe:a9fe::", "6to4"),
        ("2002:808:808::", "6to4"),
        ("3fff::1", "documentation"),
        ("4000::1", "not a global address"),
        ("5f00::1", "not a global address"),
        ("fd00:ec2::254", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%2", "link-local"),
        ("fec0::1", "site-local"),
        ("ff02::1", "multicast"),
    ],
)
def test_others_are_named(text: str, word: str) -> None:
    reason = objection(ip_address(text))

    assert reason is not None
    assert word in reason
    assert str(ip_address(text)) in reason


@given(private_addresses, st.sampled_from(WRAPPINGS))
def test_no_wrapping_hides_a_private_address(inner: IPv4Address, wrap: object) -> None:
    assert objection(inner) is not None
    assert callable(wrap)
    assert objection(wrap(inner)) is not None


@given(st.ip_addresses())
def test_nothing_passes_that_the_standard_library_calls_local(
    address: IPv4Address | IPv6Address,
) -> None:
    if objection(address) is None:
        assert unwrapped(address).is_global
        assert not unwrapped(address).is_multicast


@given(st.ip_addresses(v=4))
def test_mapped_and_nat64_count_as_what_is_inside(inner: IPv4Address) -> None:
    assert unwrapped(mapped(inner)) == unwrapped(nat64(inner)) == inner
    verdict = objection(inner) is None
    assert (objection(mapped(inner)) is None) == (objection(nat64(inner)) is None) == verdict


@given(private_addresses)
def test_an_allowed_network_lets_its_own_in_and_nobody_else(address: IPv4Address) -> None:
    network = ip_network(f"{address}/31", strict=False)
    neighbour = IPv4Address(int(address) ^ 2)

    allowed = [AllowedNetwork(network)]
    assert objection(address, allowed) is None
    assert objection(mapped(address), allowed) is None
    assert objection(neighbour, allowed) is not None
    assert objection(six_to_four(address), allowed) is not None


def test_a_network_that_is_allowed_at_a_port_is_refused_at_any_other() -> None:
    address, network = ip_address("10.1.2.3"), ip_network("10.1.0.0/16")
    allowed = [AllowedNetwork(network, 8080), AllowedNetwork(network, 8443)]

    ports = (None, 80, 8080, 8081, 8443)
    assert [port for port in ports if not objection(address, allowed, port)] == [8080, 8443]
    assert objection(mapped(address), allowed, 8080) is None


def test_an_allowed_network_of_version_6() -> None:
    networks = [AllowedNetwork(ip_network(text)) for text in ("::1/128", "fd00::/8")]

    assert objection(ip_address("::1"), networks) is None
    assert objection(ip_address("fd12::3"), networks) is None
    assert objection(ip_address("127.0.0.1"), networks) is not None


@pytest.mark.parametrize("text", ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "0177.0.0.1"])
def test_numbers_in_any_spelling_are_resolved_to_what_they_mean(text: str) -> None:
    assert resolve(text) == [IPv4Address("127.0.0.1")]


def test_numbers_of_version_6_are_resolved() -> None:
    assert resolve("::ffff:10.0.0.1") == [IPv6Address("::ffff:10.0.0.1")]
