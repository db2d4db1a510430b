"""The pictures of docs/web.md and the audit's, anew: real runs on drawn feeds, and Chromium.

usage: python -m bench.web.screenshots [--products N] [--out docs/images]
       (needs Chromium: COLOURWAY_TEST_CHROMIUM, or chromium on the PATH)

A first feed is run to its end; a second is under way while operations is shown.
"""

import csv
import os
import shutil
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2
from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright
from sqlalchemy import func, select

from colourway.demo.demo_shop import draw_demo_shop
from shared.colour.cielab import hex_to_rgb, rgb_to_lab
from shared.colour.naming import Naming
from shared.contracts.jobs import JobState
from shared.contracts.results import Region
from shared.database.engine import open_engine, reading
from shared.database.models import Job

COLOURWAY: Final = Path(sys.executable).with_name("colourway")
SCREEN: Final = ViewportSize(width=1400, height=876)
SIZE: Final = (1100, 688)
WRONG: Final = {"PACK-02": "Silver", "LOOK-06": "Navy", "LOOK-09": "Black", "LOOK-04": "Camel"}
"""Words of the shop that do not fit: some are in every catalogue."""


def main() -> None:
    """Draw, run, and take every picture."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=36)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    wanted = parser.parse_args()
    with TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        names = [home / "women.csv", home / "men.csv"]
        for seed, feed in enumerate(names, 1):
            write_feed(feed, wanted.products, seed)
        subprocess.run(run_of(names[0]), env=environment(home), cwd=home, check=True)
        chromium = os.environ.get("COLOURWAY_TEST_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium)
        tab = browser.new_context(viewport=SCREEN, color_scheme="light").new_page()
        with web(home) as url:
            for name, path in (
                ("page-products", "/products"),
                ("page-product", "/products/1"),
                ("page-words", "/products/words"),
            ):
                tab.goto(url + path)
                take(tab, wanted.out / f"{name}.webp")
            page = home / "audit.html"
            audit = [str(COLOURWAY), "audit", "--catalogue", "women", "--html", str(page)]
            subprocess.run(audit, env=environment(home), cwd=home, check=True)
            tab.goto(page.as_uri())
            take(tab, wanted.out / "audit.webp")
            with started(run_of(names[1]), home):
                tab.goto(f"{url}/operations")
                wait_for_done(home, wanted.products + wanted.products // 4)
                tab.wait_for_timeout(12_000)  # two looks: pace is measured between them
                take(tab, wanted.out / "operations.webp")
        browser.close()


def write_feed(feed: Path, products: int, seed: int) -> None:
    """Draw pictures beside a feed and write it, with the shop's words for their colours."""
    pictures = feed.with_suffix("")
    exhibits = draw_demo_shop(pictures, products - products // 3, products // 3, seed)
    naming = Naming.load()
    with feed.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("sku", "image", "title", "category", "colour"))
        for each in exhibits:
            word = ""
            if Region.CLOTHES in each.expected:
                lab = rgb_to_lab(hex_to_rgb(each.expected[Region.CLOTHES]))
                word = WRONG.get(each.sku) or (naming.name(lab).family or "").capitalize()
            image = f"{pictures.name}/{each.path}"
            rows.writerow((each.sku, image, each.title, each.category, word))


def environment(home: Path) -> dict[str, str]:
    """Return settings with a home of their own."""
    return os.environ | {"COLOURWAY_HOME": str(home / "home"), "COLOURWAY_CHUNK_SIZE": "6"}


def run_of(feed: Path) -> list[str]:
    """Return the command that runs a feed as a catalogue of its name."""
    return [str(COLOURWAY), "run", feed.name, "--catalogue", feed.stem, "--quiet"]


@contextmanager
def started(command: list[str], home: Path) -> Generator[subprocess.Popen[bytes]]:
    """Keep a command running until the block ends."""
    with subprocess.Popen(command, env=environment(home), cwd=home) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def web(home: Path) -> Generator[str]:
    """Keep the page running, and yield its URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with started([str(COLOURWAY), "web", "--port", str(port)], home):
        url = f"http://127.0.0.1:{port}"
        for _ in patience():
            try:
                if httpx2.get(f"{url}/products").text.count('class="card"') > 5:
                    break
            except httpx2.TransportError:
                continue
        yield url


def wait_for_done(home: Path, pictures: int) -> None:
    """Return once so many pictures have come to their end."""
    engine = open_engine(f"sqlite:///{home}/home/colourway.db")
    done = select(func.count()).select_from(Job).where(Job.state == JobState.DONE)
    for _ in patience():
        with reading(engine).connect() as connection:
            if (connection.scalar(done) or 0) >= pictures:
                break
    engine.dispose()


def patience(seconds: float = 300) -> Iterator[None]:
    """Yield each second; raise TimeoutError when they are over."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        yield
        time.sleep(1)
    raise TimeoutError(f"nothing came in {seconds:g} s")


def take(tab: Page, path: Path) -> None:
    """Write what a tab shows as WebP."""
    tab.wait_for_load_state("networkidle")
    tab.wait_for_timeout(500)
    options: dict[str, Any] = {"quality": 82, "method": 6}
    taken = (
        Image.open(BytesIO(tab.screenshot())).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    )
    taken.save(path, "WEBP", **options)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
