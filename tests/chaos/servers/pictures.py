"""The pictures of the suite, made from their path alone: everybody can tell what is in them.

``/pictures/<number>/<version>.png`` is a small PNG of one colour, both its colour and its bytes
following from the path. Whoever knows a URL knows the sha256, the colour and the crops that a
right result has; one of another picture, or of another version of this one, gives itself away.
"""

import hashlib
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, cast
from urllib.parse import urlsplit

SIZE_HW: Final = (24, 16)


@dataclass(frozen=True)
class Picture:
    """A product's main picture: what a row of the feed says."""

    sku: str
    url: str


def colour_of(path: str) -> tuple[int, int, int]:
    """Return the RGB of the picture at a path."""
    digest = hashlib.sha256(path.encode()).digest()
    return digest[0], digest[1], digest[2]


def content_of(path: str) -> bytes:
    """Return the bytes of the picture at a path."""
    height, width = SIZE_HW
    row = b"\0" + bytes(colour_of(path)) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (
        (b"IHDR", header),
        (b"tEXt", b"Comment\0" + path.encode()),  # two of one colour still differ
        (b"IDAT", zlib.compress(row * height)),
        (b"IEND", b""),
    )
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


Answer = Callable[["Handler"], bool]
"""Answers a request in its own way; False where the shop is to answer as always."""


class Shop:
    """The web server with the pictures, in threads of the suite.

    ``answers`` may be set while it runs: it sees each request first. ``hits`` counts by path.
    """

    def __init__(self) -> None:
        self.hits: Counter[str] = Counter()
        self.answers: Answer | None = None
        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.shop = self
        threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True).start()

    def picture(self, number: int, version: int = 1) -> Picture:
        """Return picture ``number``, sku included, at one of its versions."""
        return Picture(f"S-{number:06}", self.url(f"/pictures/{number}/{version}.png"))

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    shop: Shop

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: those who asked were killed while they listened."""


class Handler(BaseHTTPRequestHandler):
    """One connection to the shop."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        shop = cast("_Server", self.server).shop
        path = urlsplit(self.path).path
        shop.hits[path] += 1
        if shop.answers is not None and shop.answers(self):
            return
        self.answer(200, content_of(path))

    def answer(self, status: int, content: bytes, **headers: str) -> None:
        """Send a whole answer; ``Retry_After="1"`` becomes the header ``Retry-After``."""
        self.send_response(status)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass
