"""Feeds for benchmarks, as CSV, XML or an Excel workbook: one picture for each product.

usage: python -m bench.rig.feed_files FILE PRODUCTS

Skus come in no order, as from a shop's database.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

NAMES: Final = ("sku", "title", "category", "colour", "image_link")


class FeedRow(NamedTuple):
    """What a feed says of one product."""

    sku: str
    title: str
    category: str
    colour: str
    image_link: str


def write_feed(path: Path, products: int) -> None:
    """Write a feed in the form that its ending names, in a process of its own.

    What a benchmark's process has held in memory would else count as its children's.
    """
    subprocess.run([sys.executable, "-m", __name__, str(path), str(products)], check=True)


def feed_rows(products: int) -> Iterator[FeedRow]:
    """Yield the rows of a feed."""
    step = 7919  # a prime that divides no round number, so that each sku comes once
    for row in range(products):
        number = row * step % products
        url = f"https://pictures.shop.example/{number % 1000:03d}/{number:08d}-front.jpg"
        yield FeedRow(f"SKU-{number:08d}", f"Dress, no. {number}", "dresses", "Sage", url)


def _write_csv(path: Path, products: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(",".join(NAMES) + "\n")
        for row in feed_rows(products):
            file.write(f'{row.sku},"{row.title}",{row.category},{row.colour},{row.image_link}\n')


def _write_xml(path: Path, products: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('<rss xmlns:g="http://base.google.com/ns/1.0"><channel>\n')
        for row in feed_rows(products):
            file.write(
                f"<item><g:id>{row.sku}</g:id><g:title>{row.title}</g:title>"
                f"<g:product_type>{row.category}</g:product_type><g:color>{row.colour}</g:color>"
                f"<g:image_link>{row.image_link}</g:image_link></item>\n"
            )
        file.write("</channel></rss>\n")


def _write_xlsx(path: Path, products: int) -> None:
    from openpyxl import Workbook  # noqa: PLC0415 - an extra

    book = Workbook(write_only=True)
    sheet = book.create_sheet("products")
    sheet.append(NAMES)
    for row in feed_rows(products):
        sheet.append(row)
    book.save(path)


_WRITERS: Final = {".csv": _write_csv, ".xml": _write_xml, ".xlsx": _write_xlsx}


if __name__ == "__main__":
    wanted = Path(sys.argv[1])
    _WRITERS[wanted.suffix](wanted, int(sys.argv[2]))
