"""A server on loopback whose answers never come to their end, or take their time."""

import socket
import threading
import zlib
from contextlib import suppress
from typing import ClassVar, Final

from tests.support.loopback import LoopbackListener

_HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n"


class EndlessServer(LoopbackListener):
    """Answers ``/NAME`` for each of ``NAMES`` until the client has had enough."""

    NAMES: ClassVar = ("endless", "trickle", "endless-head", "chunks", "gzip", "silent", "short")

    def __init__(self) -> None:
        super().__init__()
        self._ended = threading.Event()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        super().__exit__()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            name = client.recv(65536).split(b" ")[1].decode().lstrip("/")
            head, piece, pause_s = _answer(name)
            client.sendall(head)
            while not self._ended.wait(pause_s):
                client.sendall(piece)
                if name == "short":
                    return


def _answer(name: str) -> tuple[bytes, bytes, float]:
    """Return what comes first, what comes again and again, and how long it waits between."""
    large = b"\xff\xd8" + bytes(65536)
    match name:
        case "endless":
            return _HEAD + b"\r\n", large, 0.0
        case "trickle":
            return _HEAD + b"Content-Length: 1000000\r\n\r\n", b"\xff", 0.1
        case "endless-head":
            return _HEAD, b"X-More: and more\r\n", 0.01
        case "chunks":
            chunk = b"%x\r\n%s\r\n" % (len(large), large)
            return _HEAD + b"Transfer-Encoding: chunked\r\n\r\n", chunk, 0.0
        case "gzip":
            packed = zlib.compress(bytes(100_000_000), 9, wbits=31)
            return _HEAD + b"Content-Encoding: gzip\r\n\r\n", packed, 0.0
        case "short":
            return _HEAD + b"Content-Length: 1000000\r\n\r\n", large, 0.0
        case _:
            return b"", b"", 0.1
