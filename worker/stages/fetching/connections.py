"""Connections that go to checked addresses only and never outlast their deadline.

They stand beneath the HTTP client as its network backend. A name is resolved here, once for each
connection, and the connection is made to the very address that was checked: a name server that
answers otherwise the second time is never asked a second time.
"""

import ssl
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

import httpcore2

from shared.fetch_settings import AllowedNetwork
from worker.stages.fetching.addresses import Address, objection, resolve

T = TypeVar("T")


class ForbiddenAddressError(Exception):
    """The host has an address that must not be connected to."""


class Deadline:
    """A point in time by which everything must be over."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, more than 0.

        Raises:
            TimeoutError: none are.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the time for this picture is over")
        return left

    def wait_for(self, call: Callable[[], T]) -> T:
        """The result of a call that knows no timeout of its own, such as a name look-up.

        Raises:
            TimeoutError: it is not done in time; it is left to end by itself, in a thread that
                does not keep the process alive.
            Exception: what the call raises.
        """
        outcome: SimpleQueue[tuple[T | None, BaseException | None]] = SimpleQueue()

        def work() -> None:
            try:
                outcome.put((call(), None))
            except BaseException as error:  # noqa: BLE001  # it is raised in the waiting thread
                outcome.put((None, error))

        Thread(target=work, name="wait-for", daemon=True).start()
        try:
            result, error = outcome.get(timeout=self.left())
        except Empty:
            raise TimeoutError("the time for this picture is over") from None
        if error is not None:
            raise error
        return result  # pyright: ignore[reportReturnType]  # None only where T allows it


# The client passes on a timeout for each read and write, which a server that drips one byte at a
# time can stretch for ever. Client and backend run in one thread, so the deadline goes this way.
_deadline: ContextVar[Deadline] = ContextVar("deadline")


@contextmanager
def within(deadline: Deadline) -> Generator[None]:
    """Hold every connection that this thread uses inside the block to the deadline."""
    token = _deadline.set(deadline)
    try:
        yield
    finally:
        _deadline.reset(token)


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to public addresses and to allowed networks; use inside :func:`within`."""

    def __init__(
        self,
        allowed_networks: Sequence[AllowedNetwork],
        resolver: Callable[[str], Sequence[Address]] = resolve,
    ) -> None:
        self._allowed_networks = tuple(allowed_networks)
        self._resolver = resolver
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of the host that answers.

        Raises:
            ForbiddenAddressError: any address of the host is a forbidden one.
            httpcore2.ConnectError: the name has no address, or no address answers.
            httpcore2.ConnectTimeout: the deadline came first.
        """
        deadline = _deadline.get()
        addresses = self._checked_addresses(host, port, deadline)
        for index, address in enumerate(addresses):
            # A silent address must not use up the time of the ones behind it.
            share = _left(deadline, httpcore2.ConnectTimeout) / (len(addresses) - index)
            try:
                stream = self._sockets.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                if index == len(addresses) - 1:
                    raise
            else:
                return _DeadlineStream(stream)
        raise httpcore2.ConnectError(f"{host} has no address")

    def _checked_addresses(self, host: str, port: int, deadline: Deadline) -> Sequence[Address]:
        try:
            addresses = deadline.wait_for(lambda: self._resolver(host))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"no answer from the name server: {error}") from error
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(f"no address for {host}: {error}") from error
        for address in addresses:
            if reason := objection(address, self._allowed_networks, port):
                raise ForbiddenAddressError(reason)
        return addresses


class _DeadlineStream(httpcore2.NetworkStream):
    """A stream whose every step ends with the deadline of the thread that takes it."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(_deadline.get(), httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(_deadline.get(), httpcore2.WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = _left(_deadline.get(), httpcore2.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, left))

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: Deadline, error: type[httpcore2.TimeoutException]) -> float:
    try:
        return deadline.left()
    except TimeoutError as late:
        raise error(str(late)) from late
