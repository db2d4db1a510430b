import threading
from collections.abc import Callable, Sequence
from ipaddress import ip_address, ip_network

import httpcore2
import pytest

from shared.fetch_settings import AllowedNetwork
from tests.support.picture_server import PICTURE, PictureServer
from worker.stages.fetching.addresses import Address
from worker.stages.fetching.connections import (
    CheckedBackend,
    Deadline,
    ForbiddenAddressError,
    within,
)

LOOPBACK = [AllowedNetwork(ip_network("127.0.0.0/8"))]


class NameServer:
    """Answers the first look-up with the first list of addresses, and so on."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    def __call__(self, host: str) -> list[Address]:
        self.asked.append(host)
        return [ip_address(text) for text in self._answers.pop(0)]


def get(
    server: PictureServer,
    resolver: Callable[[str], Sequence[Address]],
    timeout_s: float = 5.0,
    times: int = 1,
) -> bytes:
    backend = CheckedBackend(LOOPBACK, resolver)
    url = f"http://shop.example:{server.port}/good.jpg"
    with httpcore2.ConnectionPool(network_backend=backend) as pool, within(Deadline(timeout_s)):
        contents = {pool.request("GET", url).content for _ in range(times)}
    assert len(contents) == 1
    return contents.pop()


def test_the_checked_address_is_the_one_that_is_connected_to() -> None:
    with PictureServer() as server:
        # No real name server knows shop.example: only the address given here can lead there.
        names = NameServer(["127.0.0.1"])

        assert get(server, names) == PICTURE

        assert names.asked == ["shop.example"]
        assert server.seen[0].headers["Host"] == f"shop.example:{server.port}"


def test_a_name_server_that_changes_its_mind_is_not_asked_again() -> None:
    with PictureServer() as server:
        names = NameServer(["127.0.0.1"], ["10.0.0.1"])

        assert get(server, names, times=3) == PICTURE

        assert names.asked == ["shop.example"]
        assert len({seen.connection for seen in server.seen}) == 1


@pytest.mark.parametrize(
    "addresses",
    [
        ["10.0.0.1"],
        ["127.0.0.1", "10.0.0.1"],
        ["127.0.0.1", "::1"],
        ["93.184.215.14", "169.254.169.254"],
        ["64:ff9b::a00:1"],
    ],
)
def test_one_forbidden_address_is_enough(addresses: list[str]) -> None:
    with PictureServer() as server:
        with pytest.raises(ForbiddenAddressError, match=addresses[-1]):
            get(server, NameServer(addresses))

        assert not server.seen


def test_the_second_address_serves_when_the_first_refuses() -> None:
    with PictureServer() as server:
        # The server listens on 127.0.0.1 alone.
        assert get(server, NameServer(["127.0.0.2", "127.0.0.1"])) == PICTURE


def test_a_name_without_addresses() -> None:
    with PictureServer() as server, pytest.raises(httpcore2.ConnectError, match="has no address"):
        get(server, NameServer([]))


def test_a_name_server_that_sleeps_does_not_hold_us() -> None:
    awake = threading.Event()
    answered: list[str] = []

    def asleep(host: str) -> list[Address]:
        awake.wait(60)
        answered.append(host)
        return []

    with PictureServer() as server, pytest.raises(httpcore2.ConnectTimeout):
        get(server, asleep, timeout_s=0.2)
    assert not answered
    awake.set()


def test_errors_of_a_waited_call_come_through() -> None:
    def fails() -> None:
        raise KeyError("x")

    assert Deadline(1).wait_for(lambda: 5) == 5
    with pytest.raises(KeyError):
        Deadline(1).wait_for(fails)
    with pytest.raises(TimeoutError):
        Deadline(0).wait_for(lambda: 5)
