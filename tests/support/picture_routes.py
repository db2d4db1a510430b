"""What the tests' web server answers, route by route."""

import gzip
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from tests.support.pictures import encode, smooth

PICTURE: Final = encode(smooth(64, 48), "JPEG", quality=95)
PAGE: Final = b"<!doctype html><title>Sorry</title><p>This picture has moved.</p>"
LARGE_BYTES: Final = 30_000_000
DRIP_S: Final = 0.05


class Fault(StrEnum):
    """What is wrong with a picture of the folder."""

    NOT_FOUND = "not found"
    WRONG_TYPE = "wrong type"
    TRUNCATED = "truncated"
    LARGE = "large"
    SLOW = "slow"


@dataclass
class SeenRequest:
    """A request as the server saw it."""

    path: str
    headers: dict[str, str]
    connection: int


@dataclass
class Shelved:
    """A picture that a test may replace, and the headers that come with it.

    ``heeds`` says whether the server answers questions (304), or sends the picture all the same.
    """

    content: bytes
    headers: dict[str, str]
    heeds: bool = True


@dataclass
class State:
    folder: Path | None
    faults: dict[str, Fault]
    seen: list[SeenRequest] = field(default_factory=list[SeenRequest])
    hits: Counter[str] = field(default_factory=Counter[str])
    shelf: dict[str, Shelved] = field(default_factory=dict[str, Shelved])
    redirects: dict[str, Callable[[], str]] = field(default_factory=dict[str, Callable[[], str]])
    answers: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    stopping: threading.Event = field(default_factory=threading.Event)


class PictureHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes; without this the second waits for the first's receipt.
    disable_nagle_algorithm = True
    state: State

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.state.hits[parts.path] += 1
        seen = SeenRequest(self.path, dict(self.headers.items()), self.client_address[1])
        self.state.seen.append(seen)
        name, _, rest = parts.path.lstrip("/").partition("/")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        routes: dict[str, Callable[[str, dict[str, str]], None]] = {
            "good.jpg": self._good,
            "status": self._status,
            "redirect": self._redirect,
            "redirect-to": self._redirect_to,
            "loop": lambda _rest, _query: self._answer(302, headers={"Location": "/loop"}),
            "truncated": self._truncated,
            "cut": lambda _rest, _query: self._answer(200, PICTURE[: len(PICTURE) // 2]),
            "drip": self._drip,
            "drip-headers": self._drip_headers,
            "drip-chunks": self._drip_chunks,
            "silent": lambda _rest, _query: self._pause(3600),
            "large": self._large,
            "endless": self._endless,
            "page": lambda _rest, _query: self._answer(200, PAGE),
            "gzip": lambda _rest, _query: self._encoded("gzip", gzip.compress(PICTURE)),
            "gzip-cut": lambda _rest, _query: self._encoded("gzip", gzip.compress(PICTURE)[:-20]),
            "bomb": lambda _rest, _query: self._encoded("gzip", gzip.compress(bytes(50_000_000))),
            "brotli": lambda _rest, _query: self._encoded("br", b"\x8b" + PICTURE[:-1]),
            "private": self._private,
            "junk": self._junk,
            "close": lambda _rest, _query: self._hang_up(),
            "pictures": self._from_folder,
            "shelf": self._from_shelf,
            "moving": lambda rest, _query: self._answer(
                302, headers={"Location": self.state.redirects[rest]()}
            ),
        }
        routes.get(name, lambda _rest, _query: self._answer(404, PAGE, "text/html"))(rest, query)

    def _answer(
        self,
        status: int,
        body: bytes = b"",
        content_type: str = "image/jpeg",
        headers: dict[str, str] | None = None,
        length: int | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.state.answers.append((status, len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _pause(self, seconds: float) -> None:
        if self.state.stopping.wait(seconds):
            self._hang_up()

    def _hang_up(self) -> None:
        self.close_connection = True

    def _good(self, _rest: str, _query: dict[str, str]) -> None:
        self._answer(200, PICTURE)

    def _status(self, rest: str, query: dict[str, str]) -> None:
        wait = {"Retry-After": query["retry_after"]} if "retry_after" in query else None
        self._answer(int(rest), PAGE, "text/html", wait)

    def _redirect(self, rest: str, _query: dict[str, str]) -> None:
        left = int(rest)
        self._answer(
            302, headers={"Location": f"/redirect/{left - 1}" if left > 1 else "/good.jpg"}
        )

    def _redirect_to(self, _rest: str, query: dict[str, str]) -> None:
        self._answer(int(query.get("status", "302")), headers={"Location": query["url"]})

    def _truncated(self, _rest: str, _query: dict[str, str]) -> None:
        self._answer(200, PICTURE[: len(PICTURE) // 2], length=len(PICTURE))
        self._hang_up()

    def _drip(self, _rest: str, _query: dict[str, str]) -> None:
        self._answer(200, length=len(PICTURE))
        self._drops(PICTURE, lambda byte: byte)

    def _drip_headers(self, _rest: str, _query: dict[str, str]) -> None:
        self._drops(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"x" * 50_000, lambda byte: byte)

    def _drip_chunks(self, _rest: str, _query: dict[str, str]) -> None:
        self._start_chunks()
        self._drops(PICTURE, lambda byte: b"1\r\n" + byte + b"\r\n")

    def _drops(self, content: bytes, wrap: Callable[[bytes], bytes]) -> None:
        for index in range(len(content)):
            self.wfile.write(wrap(content[index : index + 1]))
            if self.state.stopping.wait(DRIP_S):
                break
        self._hang_up()

    def _large(self, _rest: str, _query: dict[str, str]) -> None:
        self._answer(200, PICTURE, length=LARGE_BYTES)
        block = bytes(1 << 16)
        sent = len(PICTURE)
        while sent < LARGE_BYTES and not self.state.stopping.is_set():
            sent += self.wfile.write(block[: LARGE_BYTES - sent])
        self._hang_up()

    def _endless(self, _rest: str, _query: dict[str, str]) -> None:
        self._start_chunks()
        while not self.state.stopping.is_set():
            self.wfile.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")

    def _start_chunks(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def _encoded(self, encoding: str, body: bytes) -> None:
        self._answer(200, body, headers={"Content-Encoding": encoding})

    def _private(self, _rest: str, _query: dict[str, str]) -> None:
        if self.headers.get("Authorization") == "Basic c2hvcDpzM2NyZXQ=":
            self._answer(200, PICTURE)
        else:
            self._answer(401, PAGE, "text/html", {"WWW-Authenticate": "Basic"})

    def _junk(self, _rest: str, _query: dict[str, str]) -> None:
        self.wfile.write(b"220 smtp.example.com ESMTP\r\n\r\n")  # a whole head, so that it is read
        self._hang_up()

    def _from_shelf(self, rest: str, _query: dict[str, str]) -> None:
        shelved = self.state.shelf.get(unquote(rest))
        if shelved is None:
            self._answer(404, PAGE, "text/html")
            return
        etag, modified = shelved.headers.get("ETag"), shelved.headers.get("Last-Modified")
        asked, since = self.headers["If-None-Match"], self.headers["If-Modified-Since"]
        same = asked == etag if asked is not None else since is not None and since == modified
        if same and shelved.heeds:
            self._answer(304, headers=shelved.headers)
        else:
            self._answer(200, shelved.content, headers=shelved.headers)

    def _from_folder(self, rest: str, query: dict[str, str]) -> None:
        name = unquote(rest)
        folder = self.state.folder
        if folder is None or "/" in name or not (folder / name).is_file():
            self._answer(404, PAGE, "text/html")
            return
        content = (folder / name).read_bytes()
        match self.state.faults.get(name):
            case None:
                self._answer(200, content)
            case Fault.NOT_FOUND:
                self._answer(404, PAGE, "text/html")
            case Fault.WRONG_TYPE:
                self._answer(200, PAGE)
            case Fault.TRUNCATED:
                self._answer(200, content[: len(content) // 2], length=len(content))
                self._hang_up()
            case Fault.LARGE:
                self._large(rest, query)
            case Fault.SLOW:
                self._drip(rest, query)
