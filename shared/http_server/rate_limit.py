"""How often one address may send: so many messages a second on average, with room for a burst."""

import time
from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

BURST_S: Final = 10.0
"""Of so many seconds the messages may come at once."""

MOST_ADDRESSES: Final = 10_000
"""Of so many addresses it is known how much they sent; the one that was heard of least recently is
forgotten first."""


class RateLimit:
    """Counts messages by address: one number for each, the time at which its allowance is whole.

    (The generic cell rate algorithm: a bucket that leaks, without anything that empties it.)
    """

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        burst_s: float = BURST_S,
    ) -> None:
        self._each_s = 1 / per_second if per_second else 0.0
        self._burst_s = burst_s
        self._clock = clock
        self._whole_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Count one message; return 0 where it may pass, else after how many seconds it may."""
        if not self._each_s:
            return 0.0
        now, who = self._clock(), sender_of(address)
        whole_at = max(self._whole_at.get(who, now), now) + self._each_s
        if (over_s := whole_at - now - self._burst_s) > 0:
            return over_s
        self._whole_at[who] = whole_at
        self._whole_at.move_to_end(who)
        if len(self._whole_at) > MOST_ADDRESSES:
            self._whole_at.popitem(last=False)
        return 0.0


def sender_of(address: str) -> str:
    """Return what counts as one sender: an IPv4 address, or an IPv6 network of 64 bits.

    >>> sender_of("2001:db8::1:2:3:4"), sender_of("::ffff:192.0.2.7"), sender_of("192.0.2.7")
    ('2001:db8::', '192.0.2.7', '192.0.2.7')
    """
    try:
        parsed = ip_address(address)
    except ValueError:  # whatever a proxy calls its client
        return address
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    # One host has as many addresses as it likes, all in its network.
    return str(IPv6Address(int(parsed) >> 64 << 64))
