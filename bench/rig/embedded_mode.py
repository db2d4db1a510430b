"""Real pictures on a local HTTP server, and the embedded worker that runs them."""

import csv
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import cv2

from colourway.demo.demo_shop import DemoShop
from colourway.embedded import Home, Worker, open_home
from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.columns import Columns
from producer.feeds.products import read_products
from producer.feeds.source import open_feed
from shared.settings import Settings, get_settings
from worker.lookbook.look import render
from worker.pipeline import Pipeline
from worker.runtime.composition import build_pipeline

PHOTOS = Path("../shared/ccp/unlabelled")
CATALOGUE = "bench"


@dataclass(frozen=True)
class EmbeddedMode:
    """An opened home whose ledger holds one job a picture, and the pipeline to run them."""

    home: Home
    pipeline: Pipeline
    settings: Settings
    pictures: list[Path]
    source: str

    def worker(self, limit: int | None = None) -> Worker:
        """A worker that ends after ``limit`` pictures, or when none is left."""
        return Worker(self.home, self.pipeline, self.settings, CATALOGUE, limit)


@contextmanager
def open_embedded_mode(count: int, distinct: int) -> Generator[EmbeddedMode]:
    """Enqueue ``count`` products showing ``distinct`` pictures, served over HTTP on loopback."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        pictures, source = gather(root / "pictures", distinct)
        overrides: dict[str, Any] = {
            "home": root / "home",
            "database_url": f"sqlite:///{root / 'colourway.db'}",
            "storage": str(root / "crops"),
            "allowed_networks": "127.0.0.0/8",
        }
        settings = get_settings(**overrides)
        with DemoShop(root / "pictures") as demo_shop, open_home(settings) as home:
            feed = root / "feed.csv"
            write_feed(feed, [f"{demo_shop.url}/{path.name}" for path in pictures], count)
            with open_feed(str(feed)) as opened:
                enqueue(home.engine, read_products(opened, Columns()), Order(CATALOGUE))
            yield EmbeddedMode(home, build_pipeline(settings), settings, pictures, source)


def gather(folder: Path, distinct: int) -> tuple[list[Path], str]:
    """Photos where there are any, else rendered pictures; and which of the two it was."""
    folder.mkdir(parents=True)
    photos = sorted(PHOTOS.glob("*.jpg"))[:distinct]
    for photo in photos:
        (folder / photo.name).write_bytes(photo.read_bytes())
    for seed in range(distinct - len(photos) if not photos else 0):
        bgr = cv2.cvtColor(render(seed, "figure").pixels, cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(folder / f"look{seed}.jpg"), bgr)
    return sorted(folder.glob("*.jpg")), "photos" if photos else "rendered pictures"


def write_feed(feed: Path, urls: list[str], count: int) -> None:
    """Write a CSV of ``count`` products, going round the URLs."""
    with feed.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["sku", "image_url"])
        rows.writerows([f"S{i}", url] for i, url in enumerate(islice(cycle(urls), count)))
