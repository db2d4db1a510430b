"""Demo shop: draws its own catalogue and serves it over HTTP on loopback."""

import csv
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from shared.contracts.results import Region
from shared.contracts.stages import Code

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from worker.lookbook import Look

COLUMNS: Final = ("sku", "image_url", "title", "category")
CLEAR_SHARE: Final = 0.6
"""The least share of one garment in what a figure of the demo shop wears: only then is there one
right answer to "which colour is it?"."""


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One row of the demo shop's feed; ``expected`` is the hex colour drawn for each region.

    ``code`` is the code that the row's job must end with.
    """

    sku: str
    path: str
    title: str
    category: str
    code: Code
    expected: Mapping[Region, str]


FAULTS: Final = (
    Exhibit("FAULT-GONE", "gone.jpg", "A picture that was deleted", "", Code.FETCH_NOT_FOUND, {}),
    Exhibit("FAULT-PAGE", "page.jpg", "A page instead of a picture", "", Code.NOT_AN_IMAGE, {}),
    Exhibit("FAULT-CUT", "cut.jpg", "Half a picture", "", Code.IMAGE_TRUNCATED, {}),
    Exhibit("FAULT-BUSY", "busy.jpg", "A server in trouble", "", Code.FETCH_SERVER_ERROR, {}),
    Exhibit("EMPTY-STREET", "street.jpg", "An empty street", "", Code.NO_PERSON, {}),
)
"""Rows that fail, of the kinds that every real catalogue has."""


def draw_demo_shop(
    folder: Path,
    figures: int,
    packshots: int,
    seed: int,
    drawn: Callable[[], None] = lambda: None,
) -> list[Exhibit]:
    """Draw the pictures into ``folder`` and return every row, the faulty ones last.

    ``drawn`` is called after each picture. The same seed gives the same pictures.
    """
    folder.mkdir(parents=True, exist_ok=True)
    exhibits: list[Exhibit] = []
    for kind, wanted in (("figure", figures), ("packshot", packshots)):
        for number, look in zip(range(wanted), _clear_looks(kind, seed), strict=False):
            exhibit = _exhibit(kind, number, look)
            (folder / exhibit.path).write_bytes(_jpeg(look.pixels))
            exhibits.append(exhibit)
            drawn()
    _draw_street(folder / "street.jpg", seed)
    return [*exhibits, *FAULTS]


def _clear_looks(kind: Any, seed: int) -> "Iterator[Look]":
    from worker.lookbook import render  # noqa: PLC0415 - drawing needs OpenCV

    for number in count(seed):
        look = render(number, kind, scene="studio")
        if look.clothes_share >= CLEAR_SHARE:
            yield look


def _exhibit(kind: str, number: int, look: "Look") -> Exhibit:
    sku = f"{'LOOK' if kind == 'figure' else 'PACK'}-{number + 1:02d}"
    colours = {
        Region.CLOTHES: look.clothes_rgb,
        Region.SKIN: look.skin_rgb,
        Region.HAIR: look.hair_rgb,
    }
    expected = {
        region: "#{:02x}{:02x}{:02x}".format(*rgb) for region, rgb in colours.items() if rgb
    }
    garment = look.garment_kind.replace("_", " ")
    return Exhibit(sku, f"{sku.lower()}.jpg", garment.capitalize(), garment, Code.OK, expected)


def _draw_street(path: Path, seed: int) -> None:
    import numpy as np  # noqa: PLC0415

    from worker.lookbook.backdrop import street  # noqa: PLC0415 - drawing needs OpenCV

    path.write_bytes(_jpeg(street(np.random.default_rng(seed), (768, 512))))


def _jpeg(pixels: "npt.NDArray[np.uint8]") -> bytes:
    import cv2  # noqa: PLC0415

    done, packed = cv2.imencode(
        ".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 94]
    )
    if not done:
        raise ValueError(f"OpenCV could not pack a picture of shape {pixels.shape} as JPEG")
    return packed.tobytes()


def write_feed(path: Path, exhibits: list[Exhibit], base_url: str) -> None:
    """Write the demo shop's feed, CSV, with URLs below ``base_url``."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        for e in exhibits:
            rows.writerow((e.sku, f"{base_url}/{e.path}", e.title, e.category))


class DemoShop:
    """Serves the folder on loopback from a thread of its own until the ``with`` block ends.

    ``url`` is the base URL of the pictures. Three paths are faulty: ``page.jpg`` is
    HTML, ``cut.jpg`` half of a JPEG, ``busy.jpg`` answers 503.
    """

    def __init__(self, folder: Path) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, folder))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, *rest: Any) -> None:
        self._folder = folder
        super().__init__(*rest)

    def do_GET(self) -> None:
        name = self.path.lstrip("/")
        if name == "page.jpg":
            self._answer(HTTPStatus.OK, b"<!doctype html><title>Sorry</title><p>Not here.")
        elif name == "busy.jpg":
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, b"")
        elif name == "cut.jpg":
            whole = next(iter(sorted(self._folder.glob("*.jpg")))).read_bytes()
            self._answer(HTTPStatus.OK, whole[: len(whole) // 2])
        elif "/" not in name and (path := self._folder / name).is_file():
            self._answer(HTTPStatus.OK, path.read_bytes())
        else:
            self._answer(HTTPStatus.NOT_FOUND, b"")

    def _answer(self, status: HTTPStatus, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "image/jpeg")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: the run says what became of each picture."""
