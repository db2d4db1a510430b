"""The small server of ``/metrics``, ``/healthz`` and ``/readyz``, in threads of the process."""

import json
import socket
import sys
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Semaphore, Thread
from typing import Any, Final

import structlog

from shared.errors import SettingsError
from shared.metrics.forking import Closable, close_in_children, no_fork
from shared.metrics.readiness import ReadyChecks

MOST_AT_ONCE: Final = 16
"""How many connections are served at a time; further ones are closed at once."""

CLIENT_TIMEOUT_S: Final = 10.0
"""How long a client may say nothing."""

log = structlog.get_logger(__name__)

Render = Callable[[str | None], tuple[bytes, str]]
"""Gives metrics and their content type for what a request accepts."""


class MetricsServer(Closable):
    """Serves until it is closed.

    Args:
        address: host and port; port 0 takes any that is free.
        render: gives the metrics.
        readiness: what ``/readyz`` answers.

    Raises:
        SettingsError: nothing can be served there.
    """

    def __init__(self, address: tuple[str, int], render: Render, readiness: ReadyChecks) -> None:
        handler = type("_Handler", (_MetricsHandler,), {"render": render, "readiness": readiness})
        try:
            self._server = _BoundedServer(address, handler)
        except OSError as error:
            raise SettingsError(
                f"metrics cannot be served on {address[0]}:{address[1]}: {error.strerror}; set "
                "another COLOURWAY_METRICS_PORT for each process of a machine, and an address of "
                "this machine as COLOURWAY_METRICS_HOST"
            ) from error
        self.port = self._server.server_port
        close_in_children(self)
        Thread(target=self._server.serve_forever, args=(0.1,), daemon=True, name="metrics").start()

    def close(self) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()

    def close_in_child(self) -> None:
        """Close the inherited socket: a child that outlives its parent must not hold its port."""
        self._server.socket.close()


class _BoundedServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # with the usual five, a burst would wait for seconds

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._room = Semaphore(MOST_AT_ONCE)
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, handler)

    def server_bind(self) -> None:
        # Not HTTPServer's own, which asks the network for this machine's name.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_port = self.socket.getsockname()[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._room.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._room.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # a client that leaves is no event
            log.exception("a request could not be answered")


class _MetricsHandler(BaseHTTPRequestHandler):
    render: Render
    readiness: ReadyChecks
    timeout = CLIENT_TIMEOUT_S
    server_version = "colourway"
    sys_version = ""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        with no_fork():  # only while the answer is made: a client may take its time to read it
            status, body, kind = self._answer(path)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, path: str) -> tuple[HTTPStatus, bytes, str]:
        if path == "/metrics":
            body, kind = type(self).render(self.headers.get("Accept"))
            return HTTPStatus.OK, body, kind
        if path == "/healthz":
            return HTTPStatus.OK, b"ok\n", "text/plain; charset=utf-8"
        if path == "/readyz":
            answers = self.readiness.answers()
            ready = all(answer == "ok" for answer in answers.values())
            status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
            return status, json.dumps(answers).encode() + b"\n", "application/json"
        return HTTPStatus.NOT_FOUND, b"see /metrics, /healthz and /readyz\n", "text/plain"

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are no events."""
