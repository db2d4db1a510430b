"""A real web server with good pictures and every kind of bad behaviour, for tests and trials.

As a module it serves a folder, a share of it broken::

    python -m tests.support.picture_server FOLDER --broken 0.05 --feed feed.csv
"""

import argparse
import csv
import json
import ssl
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

from shared.contracts.stages import Code
from tests.support.picture_routes import (
    PICTURE,
    Fault,
    PictureHandler,
    SeenRequest,
    Shelved,
    State,
)

__all__ = ["CODE_OF_FAULT", "PICTURE", "Fault", "PictureServer", "Served"]

CODE_OF_FAULT: Final = {
    Fault.NOT_FOUND: Code.FETCH_NOT_FOUND,
    Fault.WRONG_TYPE: Code.NOT_AN_IMAGE,
    Fault.TRUNCATED: Code.FETCH_INCOMPLETE,
    Fault.LARGE: Code.FETCH_TOO_LARGE,
    Fault.SLOW: Code.FETCH_TIMEOUT,
}


@dataclass(frozen=True)
class Served:
    """One picture of the folder: its URL and, if it is broken, how."""

    name: str
    url: str
    fault: Fault | None

    @property
    def expected(self) -> Code:
        """The code with which its job ends; OK for a good one."""
        return CODE_OF_FAULT[self.fault] if self.fault else Code.OK


class PictureServer:
    """Serves on loopback from a thread of its own until the ``with`` block ends.

    Routes: ``/good.jpg``; ``/status/N`` (``?retry_after=…``); ``/redirect/N`` (N hops to the
    picture); ``/redirect-to?url=…&status=…``; ``/loop``; ``/truncated``; ``/cut`` (half a JPEG
    with the right length); ``/drip``, ``/drip-headers``, ``/drip-chunks``; ``/silent``;
    ``/large``, ``/endless`` (no length); ``/page`` (HTML called image/jpeg); ``/gzip``, ``/bomb``,
    ``/gzip-cut``, ``/brotli``; ``/private`` (wants user ``shop``, password ``s3cret``); ``/junk``
    (no HTTP); ``/close``; ``/pictures/NAME`` from the folder; ``/shelf/NAME``, see :meth:`put`;
    and ``/moving/NAME``, which leads wherever ``state.redirects`` says.
    """

    def __init__(
        self,
        folder: Path | None = None,
        broken_share: float = 0.0,
        port: int = 0,
        pattern: str = "*.jpg",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        names = sorted(path.name for path in folder.glob(pattern)) if folder else []
        self.state = State(folder, _spread_faults(names, broken_share))
        self._names = names
        handler = type("Handler", (PictureHandler,), {"state": self.state})
        self._server = _Server(("127.0.0.1", port), handler)
        if tls:
            # Handshakes belong into the request's thread, and happen there at the first read.
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.state.stopping.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def hits(self) -> Counter[str]:
        """How often each path was asked for."""
        return self.state.hits

    @property
    def seen(self) -> list[SeenRequest]:
        """Every request, in order."""
        return self.state.seen

    @property
    def answers(self) -> list[tuple[int, int]]:
        """Status and bytes of body of most answers, in order."""
        return self.state.answers

    def put(
        self, name: str, content: bytes = PICTURE, *, heeds: bool = True, **headers: str
    ) -> str:
        """Lay a picture on the shelf, in place of one that lies there; return its URL.

        Underscores in the names of ``headers`` become hyphens. With ``heeds`` the server answers
        304 to whoever asks by the ``ETag`` or ``Last-Modified`` that it has.
        """
        named = {header.replace("_", "-"): value for header, value in headers.items()}
        self.state.shelf[name] = Shelved(content, named, heeds)
        return self.url(f"/shelf/{quote(name)}")

    def url(self, path: str = "/good.jpg") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def pictures(self) -> list[Served]:
        """Every picture of the folder, sorted by name."""
        return [
            Served(name, self.url(f"/pictures/{quote(name)}"), self.state.faults.get(name))
            for name in self._names
        ]


def _spread_faults(names: list[str], share: float) -> dict[str, Fault]:
    """Break ``share`` of the names, evenly spread, each kind of fault in turn."""
    due = [round(index * share, 6) // 1 for index in range(len(names) + 1)]
    broken = [name for index, name in enumerate(names) if due[index + 1] > due[index]]
    kinds = list(Fault)
    return {name: kinds[index % len(kinds)] for index, name in enumerate(broken)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up here all the time: that is what the tests are about."""


def main() -> None:
    """Serve a folder until interrupted."""
    parser = argparse.ArgumentParser(description="Serve a folder's pictures, some of them broken.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--broken", type=float, default=0.0, help="share of broken URLs, 0..1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--feed", type=Path, help="write a CSV feed (sku, title, image_url) here")
    parser.add_argument("--expected", type=Path, help="write the expected codes (JSON) here")
    options = parser.parse_args()
    with PictureServer(options.folder, options.broken, options.port) as server:
        pictures = server.pictures()
        if options.feed:
            with options.feed.open("w", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["sku", "title", "image_url"])
                rows.writerows([Path(p.name).stem, f"Picture {p.name}", p.url] for p in pictures)
        if options.expected:
            codes = {Path(p.name).stem: p.expected.value for p in pictures}
            options.expected.write_text(json.dumps(codes, indent=1))
        sys.stdout.write(f"{len(pictures)} pictures at {server.url('/pictures/')}\n")
        sys.stdout.flush()
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
