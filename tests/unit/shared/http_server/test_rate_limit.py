"""How often one address may send, by a clock of the test's own."""

import pytest

from shared.http_server.rate_limit import MOST_ADDRESSES, RateLimit, sender_of


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_ten_seconds_worth_at_once_and_then_at_its_pace() -> None:
    clock = Clock()
    limit = RateLimit(2, clock)
    assert [limit.wait_s("192.0.2.1") for _ in range(20)] == [0] * 20
    assert limit.wait_s("192.0.2.1") == pytest.approx(0.5)
    assert limit.wait_s("192.0.2.1") == pytest.approx(0.5)  # what is refused does not count
    clock.now += 0.5
    assert limit.wait_s("192.0.2.1") == 0
    assert limit.wait_s("192.0.2.1") > 0
    clock.now += 3600
    assert [limit.wait_s("192.0.2.1") for _ in range(21)].count(0) == 20


def test_addresses_do_not_share() -> None:
    limit = RateLimit(0.1, Clock())
    assert limit.wait_s("192.0.2.1") == 0
    assert limit.wait_s("192.0.2.1") > 0
    assert limit.wait_s("192.0.2.2") == 0
    assert limit.wait_s("2001:db8::1") == 0
    assert limit.wait_s("2001:db8::ffff:ffff:ffff:ffff") > 0
    assert limit.wait_s("2001:db8:0:1::1") == 0
    assert limit.wait_s("::ffff:192.0.2.2") > 0


def test_zero_is_no_limit() -> None:
    limit = RateLimit(0, Clock())
    assert {limit.wait_s("192.0.2.1") for _ in range(10_000)} == {0}


def test_it_remembers_a_bounded_number_of_addresses() -> None:
    limit = RateLimit(0.1, Clock())
    for number in range(MOST_ADDRESSES):
        assert limit.wait_s(f"client {number}") == 0
    assert limit.wait_s("client 0") > 0
    assert limit.wait_s("one more") == 0
    assert limit.wait_s("client 1") > 0
    assert limit.wait_s("client 0") == 0  # forgotten for that one


def test_what_a_proxy_calls_its_client_counts_as_it_is() -> None:
    assert sender_of("unknown") == "unknown"
