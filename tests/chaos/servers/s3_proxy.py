"""An HTTP proxy in front of an S3 server that does what networks and overloaded servers do."""

import socket
import struct
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_AT_ONCE: Final = 1 << 16
_DENIED: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>AccessDenied</Code>'
    b"<Message>Access Denied</Message></Error>"
)
_ERROR: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?><Error><Code>InternalError</Code>'
    b"<Message>We encountered an internal error. Please try again.</Message></Error>"
)


class Fault(StrEnum):
    """What happens to a request."""

    ERROR = "answers 500"
    SLOW = "answers too late"
    SILENT = "does not answer"
    CUT_REQUEST = "cuts off the request"
    CUT_HEAD = "cuts off the answer's head"
    CUT_BODY = "cuts off the answer's body"
    DENIED = "answers 403"
    REFUSED = "refuses connections"


@dataclass(frozen=True)
class Request:
    method: str
    head: bytes
    """Up to the empty line, which is left out."""
    length: int


class S3Proxy:
    """Listens on ``port`` and passes each request on to ``target``, one for each connection.

    While ``fault`` is set, requests of ``method`` suffer it; ``hits`` counts those that did.
    ``late_s`` must be longer than the clients' patience.
    """

    def __init__(self, target: int, late_s: float) -> None:
        self._target = target
        self._late_s = late_s
        self._fault: Fault | None = None
        self._method = ""
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = int(self._listener.getsockname()[1])
        self.hits: Counter[tuple[str, Fault]] = Counter()
        self._listen()

    def inject(self, fault: Fault, method: str) -> None:
        """Have requests of a method suffer a fault from now on; ``REFUSED`` meets all of them."""
        self._method, self._fault = method, fault
        if fault is Fault.REFUSED:
            # Shut down first: a thread in accept() would keep the port open.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def heal(self) -> None:
        """Behave from now on."""
        fault, self._fault = self._fault, None
        if fault is Fault.REFUSED:
            self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
            self._listen()

    def close(self) -> None:
        self._ended.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, EOFError):
            request, body = _read_head(client)
            fault = self._fault if request.method == self._method else None
            if fault is not None:
                self.hits[request.method, fault] += 1
            if fault is Fault.CUT_REQUEST:
                _read_to(client, body, request.length // 2)
                _reset(client)
                return
            body = _read_to(client, body, request.length)
            if fault is Fault.SILENT:
                _wait_for_end(client)
            elif fault is Fault.ERROR:
                client.sendall(_answer(500, _ERROR))
            elif fault is Fault.DENIED:
                client.sendall(_answer(403, _DENIED))
            else:
                self._pass_on(client, request, body, fault)

    def _pass_on(
        self, client: socket.socket, request: Request, body: bytes, fault: Fault | None
    ) -> None:
        """Ask the server, and give its answer back as far as the fault lets it through."""
        with socket.create_connection(("127.0.0.1", self._target), timeout=60) as server:
            server.sendall(request.head + b"\r\nConnection: close\r\n\r\n" + body)
            answer = bytearray()
            while piece := server.recv(_AT_ONCE):
                answer += piece
        head_ends = answer.index(b"\r\n\r\n") + 4
        if fault is Fault.SLOW:
            self._ended.wait(self._late_s)
        elif fault is Fault.CUT_HEAD:
            # After the status line, before the length: the nastiest place.
            del answer[answer.index(b"\r\n") + 2 :]
        elif fault is Fault.CUT_BODY:
            del answer[(head_ends + len(answer)) // 2 :]
        client.sendall(answer)


def _read_head(client: socket.socket) -> tuple[Request, bytes]:
    """Return a request, and what has come of its body already."""
    read = bytearray()
    while b"\r\n\r\n" not in read:
        read += _received(client)
    head, _, body = bytes(read).partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length, kept = 0, [lines[0]]
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        match name.lower():
            case b"content-length":
                length = int(value)
            case b"expect":
                client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                continue
            case b"connection":
                continue
            case _:
                pass
        kept.append(line)
    method = lines[0].split(b" ")[0].decode()
    return Request(method, b"\r\n".join(kept), length), body


def _read_to(client: socket.socket, body: bytes, length: int) -> bytes:
    """Read on until so many bytes of the body are there."""
    while len(body) < length:
        body += _received(client)
    return body


def _received(client: socket.socket) -> bytes:
    piece = client.recv(_AT_ONCE)
    if not piece:
        raise EOFError
    return piece


def _wait_for_end(client: socket.socket) -> None:
    while client.recv(_AT_ONCE):
        pass


def _reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _answer(status: int, content: bytes) -> bytes:
    head = f"HTTP/1.1 {status} X\r\nContent-Type: application/xml\r\n"
    head += f"Content-Length: {len(content)}\r\nConnection: close\r\n\r\n"
    return head.encode() + content
