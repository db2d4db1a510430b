"""The server of an HTTP service: uvicorn with limits on what clients may hold."""

import logging
import resource
import socket
from collections.abc import Callable, Iterable
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI

from shared.http_server.bounded_log import BoundedLog
from shared.http_server.connections import Connections

SHUTDOWN_TIMEOUT_S: Final = 20
"""How long a request that has begun may go on after a stop signal."""

ACCEPTED_AT_ONCE: Final = 100
"""How many connections are accepted in one go."""

WAITING_TO_ENTER: Final = 2048
"""How many connections the system keeps until they are accepted. One more would have to be opened
again by its client, a second later."""

OTHER_FILES: Final = 100
"""File descriptors for everything else: the database's connections, the broker's, the store's."""

BOUNDED: Final = ("asyncio", "uvicorn.error", "shared.http_server.bodies")
"""Loggers whose warnings strangers can cause, whatever is served."""

log = structlog.get_logger(__name__)


class _WebServer(uvicorn.Server):
    """uvicorn, whose backlog is both how many wait and how many are accepted in one go."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(WAITING_TO_ENTER)


def run_web(
    app: FastAPI,
    host: str,
    port: int,
    connections: Connections,
    *,
    bounded_logs: Iterable[str],
    proxy_headers: bool = True,
    on_open: Callable[[str], None] | None = None,
) -> None:
    """Serve until a stop signal, which uvicorn handles; logs must be set up.

    ``bounded_logs`` names further loggers whose warnings strangers can cause. ``proxy_headers``
    says whether uvicorn believes what a proxy on this machine says of a client's address.
    ``on_open`` gets the URL once the port is bound.
    """
    bounded = BoundedLog()
    for name in (*BOUNDED, *bounded_logs):
        logging.getLogger(name).addFilter(bounded)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=connections.protocol(),
        ws="none",
        backlog=ACCEPTED_AT_ONCE,
        log_config=None,
        access_log=False,  # every event is logged already
        server_header=False,
        proxy_headers=proxy_headers,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_S,
    )
    listener = config.bind_socket()
    if on_open is not None:
        name = f"[{host}]" if ":" in host else host
        on_open(f"http://{name}:{listener.getsockname()[1]}")
    try:
        _WebServer(config).run([listener])
    finally:
        connections.tell()


def room_for(connections: int, setting: str) -> int:
    """Return how many connections there is room for, of so many that a setting wants; 20 at least.

    Python accepts connections before they can be counted, and where it finds no file descriptor
    it writes a traceback for each that it tried: the limit of open files must never be met.
    """
    # Accepted, made into protocols, being closed: three rounds that are not counted.
    others = OTHER_FILES + 3 * ACCEPTED_AT_ONCE
    files = _open_files(connections + others)
    most = max(min(connections, files - others), 20)
    if most < connections:
        log.warning(
            f"the limit of open files is too low for {setting}",
            open_files=files,
            connections=most,
        )
    return most


def _open_files(wanted: int) -> int:
    """Raise this process's limit of open files as far as is wanted and allowed; return it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised
