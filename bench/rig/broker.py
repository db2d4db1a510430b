"""An empty database of a Redis server for one benchmark, emptied again at the end."""

from collections.abc import Generator
from contextlib import contextmanager

import redis

USUAL = "redis://127.0.0.1:6379"


class NoBrokerError(Exception):
    """No Redis server let us in, or all of its databases are in use, and why."""


@contextmanager
def empty_broker(server: str = USUAL) -> Generator[str]:
    """Find a database of a server that holds nothing; yield its URL, and empty it at the end.

    A lock inside keeps other benchmarks and tests out of it. Raises :class:`NoBrokerError` where
    the server does not answer or has no empty database.
    """
    lock = "colourway-test-lock"  # the tests' own
    for number in range(15, -1, -1):
        url = f"{server.rstrip('/')}/{number}"
        with redis.Redis.from_url(url, socket_connect_timeout=3) as client:
            try:
                if client.dbsize() or not client.set(lock, "1", nx=True, ex=3600):
                    continue
            except redis.ResponseError:  # fewer databases than sixteen
                continue
            except redis.RedisError as error:
                raise NoBrokerError(f"no Redis answers at {server}: {error}") from error
            try:
                yield url
            finally:
                client.flushdb()
            return
    raise NoBrokerError(f"{server}: all sixteen databases are in use")
