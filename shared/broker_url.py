"""The address of the broker, checked before anything tries to connect to it."""

from typing import Final
from urllib.parse import urlsplit

_REDIS: Final = ("redis", "rediss")
_KNOWN: Final = frozenset({*_REDIS, "amqp", "amqps", "pyamqp", "memory"})
"""Schemes of brokers that hold what the ledger relies on; ``memory`` is for tests."""


def require_known_broker(url: str) -> None:
    """Raise ValueError, in one line and without the URL, unless we can connect to such a broker.

    Several, separated by ``;``, are tried in turn, as Celery does.
    """
    for one in url.split(";"):
        scheme, separator, _ = one.partition("://")
        if not separator or scheme not in _KNOWN:
            raise ValueError("must begin with redis://, rediss://, amqp:// or amqps://")
        try:
            parts = urlsplit(one)
            _ = parts.port  # read, because a bad one raises only then
        except ValueError:
            # Without the reason, which may quote a password.
            raise ValueError("its host or port makes no sense") from None
        database = parts.path.strip("/")
        if scheme in _REDIS and database and not database.isdecimal():
            raise ValueError("must end in the number of a Redis database, such as /0")
