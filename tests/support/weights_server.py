"""A real web server with one large file, and the ways in which downloads of such files go wrong."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PAGE = b"<!doctype html><title>Log in</title><p>Please accept our terms.</p>"


@dataclass
class Asked:
    """A request for the file as the server saw it, and what it answered."""

    range: str | None
    if_range: str | None
    status: int = 0
    sent_bytes: int = 0


@dataclass
class State:
    """What the server has and does; tests change it between requests."""

    content: bytes = b""
    etag: str | None = '"one"'
    last_modified: str | None = None
    knows_range: bool = True
    knows_if_range: bool = True
    content_type: str = "application/octet-stream"
    with_length: bool = True
    statuses: list[int] = field(default_factory=list[int])
    """Answered first, one a request, instead of the file."""
    cut_after: list[int] = field(default_factory=list[int])
    """Bytes of body after which the connection is closed, one a request; then no more."""
    hold_after: int | None = None
    """Bytes of body after which the server falls silent."""
    asked: list[Asked] = field(default_factory=list[Asked])
    released: threading.Event = field(default_factory=threading.Event)


class WeightsServer:
    """Serves on loopback from a thread of its own until the ``with`` block ends.

    Routes: ``/file.h5``; ``/redirect`` to it; ``/page`` (HTML); anything else is 404.
    """

    def __init__(self, content: bytes) -> None:
        self.state = State(content)
        handler = type("Handler", (_Handler,), {"state": self.state})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.state.released.set()
        self._server.shutdown()
        self._server.server_close()

    def url(self, path: str = "/file.h5") -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up here all the time: that is what the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: State

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/file.h5":
            self._file()
        elif path == "/redirect":
            self._answer(302, b"", Location="/file.h5")
        elif path == "/page":
            self._answer(200, PAGE, **{"Content-Type": "text/html; charset=utf-8"})
        else:
            self._answer(404, b"no such file")

    def _file(self) -> None:
        state = self.state
        asked = Asked(self.headers.get("Range"), self.headers.get("If-Range"))
        state.asked.append(asked)
        if state.statuses:
            asked.status = state.statuses.pop(0)
            self._answer(asked.status, b"not now", **{"Retry-After": "0"})
            return
        start = self._start(asked)
        asked.status = 206 if start else 200
        headers = {"Content-Type": state.content_type}
        if start:
            if start >= len(state.content):
                asked.status = 416
                self._answer(416, b"", **{"Content-Range": f"bytes */{len(state.content)}"})
                return
            end = len(state.content) - 1
            headers["Content-Range"] = f"bytes {start}-{end}/{len(state.content)}"
        headers |= {"ETag": state.etag} if state.etag else {}
        headers |= {"Last-Modified": state.last_modified} if state.last_modified else {}
        self._send(asked, state.content[start:], headers)

    def _start(self, asked: Asked) -> int:
        """Where the answer begins."""
        state = self.state
        if not asked.range or not state.knows_range:
            return 0
        same = asked.if_range in (None, state.etag, state.last_modified)
        if state.knows_if_range and not same:
            return 0
        return int(asked.range.removeprefix("bytes=").removesuffix("-"))

    def _send(self, asked: Asked, body: bytes, headers: dict[str, str]) -> None:
        state = self.state
        self.send_response(asked.status)
        for name, value in headers.items():
            self.send_header(name, value)
        if state.with_length:
            self.send_header("Content-Length", str(len(body)))
        else:
            self.send_header("Connection", "close")
        self.end_headers()
        cut = state.cut_after.pop(0) if state.cut_after else None
        limit = min(len(body), *(n for n in (cut, state.hold_after) if n is not None), len(body))
        self.wfile.write(body[:limit])
        self.wfile.flush()
        asked.sent_bytes = limit
        if cut is None and state.hold_after is not None:
            state.released.wait(60)
        if limit < len(body) or not state.with_length:
            self.close_connection = True

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """No test reads it."""
