"""A server on loopback that answers with exact bytes, for what no HTTP library would send."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Self


class RawServer:
    """Answers ``/NAME`` with ``answers[NAME]`` and hangs up; ``requests`` are those it read."""

    def __init__(self, answers: Mapping[str, bytes]) -> None:
        self._answers = answers
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.requests: list[bytes] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

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
