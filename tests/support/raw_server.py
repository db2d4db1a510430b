"""A server on loopback that answers with exact bytes, for what no HTTP library would send."""

import socket
from collections.abc import Mapping
from contextlib import suppress

from tests.support.loopback import LoopbackListener


class RawServer(LoopbackListener):
    """Answers ``/NAME`` with ``answers[NAME]`` and hangs up; ``requests`` are those it read."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        super().__init__()
        self._answers = answers
        self.requests: list[bytes] = []

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                piece = client.recv(65536)
                if not piece:
                    return
                request += piece
            self.requests.append(request)
            name = request.split(b" ")[1].decode().lstrip("/")
            client.sendall(self._answers[name])
            client.shutdown(socket.SHUT_WR)
            client.recv(1)


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """An answer with a length and these header lines, as they are."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
