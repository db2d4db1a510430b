"""Writing a feed in some layout and reading it: what every layout's tests do."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from producer.feeds.columns import Columns
from producer.feeds.product import FeedProduct
from producer.feeds.products import products_of
from producer.feeds.record import Rejected
from producer.feeds.rows import FeedRows
from producer.feeds.source import open_feed

Facts = tuple[str, str | None, str | None, str | None, list[str]]


def url(name: str) -> str:
    return f"https://a.example/{name}.jpg"


def write(
    path: Path, header: Sequence[str], rows: Sequence[Mapping[str, str]], delimiter: str = ","
) -> Path:
    """Write rows that say only what is not empty."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, header, restval="", delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path, columns: Columns | None = None) -> tuple[str | None, list[Facts]]:
    """Return the layout's name, and of each product sku, category, group, colour, pictures."""
    with open_feed(str(path)) as opened:
        rows = FeedRows(opened, columns or Columns())
        found = list(products_of(rows))
    layout = None if rows.layout is None else rows.layout.name
    return layout, [_facts(product) for product in found]


def _facts(product: FeedProduct | Rejected) -> Facts:
    if isinstance(product, Rejected):
        return (f"rejected {product.line}", product.reason, None, None, [])
    pictures = [picture.url.removeprefix("https://a.example/") for picture in product.pictures]
    return (
        product.sku,
        product.category,
        product.item_group,
        product.merchant_colour,
        [picture.removesuffix(".jpg") for picture in pictures],
    )
