"""An HTTP proxy on loopback that resolves every name to loopback, and notes what it was asked."""

import socket
import threading
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from tests.support.loopback import LoopbackListener

_AT_ONCE: Final = 1 << 16
_REFUSED: Final = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"


class ForwardProxy(LoopbackListener):
    """Forwards ``GET http://…`` and tunnels ``CONNECT host:port``; ``heads`` are what it read.

    With ``authorization`` (user and password in base 64) it refuses everybody else.
    """

    def __init__(self, authorization: str | None = None) -> None:
        super().__init__()
        self._authorization = authorization
        self.heads: list[str] = []

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError):
            head = _head(client)
            self.heads.append(head)
            if self._authorization and f"Basic {self._authorization}" not in head:
                client.sendall(_REFUSED)
                return
            method, target, _ = head.split("\r\n")[0].split(" ")
            parts = urlsplit(target if method == "GET" else f"//{target}")
            with socket.create_connection(("127.0.0.1", parts.port or 80), timeout=10) as server:
                if method == "CONNECT":
                    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
                else:
                    rest = head.partition("\r\n")[2]
                    request = f"GET {parts.path} HTTP/1.1\r\n{rest}\r\n\r\n"
                    server.sendall(request.encode("latin-1"))
                back = threading.Thread(target=_carry, args=(server, client), daemon=True)
                back.start()
                _carry(client, server)
                back.join(10)


def _head(client: socket.socket) -> str:
    read = b""
    while b"\r\n\r\n" not in read:
        piece = client.recv(_AT_ONCE)
        if not piece:
            raise EOFError
        read += piece
    return read.partition(b"\r\n\r\n")[0].decode("latin-1")


def _carry(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(_AT_ONCE):
            sink.sendall(piece)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
