"""What would be read of a feed: its layout, its columns, its first products, what is left out."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from producer.feeds.columns import Columns, FoundColumns
from producer.feeds.product import FeedProduct
from producer.feeds.products import products_of
from producer.feeds.record import Note, Rejected
from producer.feeds.rows import FeedRows
from producer.feeds.source import Opened
from shared.database.temporary import TemporaryDatabase
from shared.printable import printable


@dataclass(slots=True)
class FeedPreview:
    """A feed as it would be read; lists hold the first few, numbers count all of them."""

    source: str
    format: str
    encoding: str
    layout: str | None = None
    columns: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    used: list[str] = field(default_factory=list[str])
    unused: list[str] = field(default_factory=list[str])
    first_products: list[FeedProduct] = field(default_factory=list[FeedProduct])
    first_rejected: list[Rejected] = field(default_factory=list[Rejected])
    first_notes: list[Note] = field(default_factory=list[Note])
    rows: int = 0
    products: int = 0
    pictures: int = 0
    rejected: int = 0
    left_out: int = 0

    def as_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return {
            "feed": self.source,
            "format": self.format,
            "encoding": self.encoding,
            "layout": self.layout,
            "rows": self.rows,
            "products": self.products,
            "pictures": self.pictures,
            "rejected": self.rejected,
            "left_out": self.left_out,
            "columns": {"read": self.columns, "used": self.used, "unused": self.unused},
            "first_products": [_product_json(product) for product in self.first_products],
            "rejected_rows": [
                {"line": row.line, "sku": row.sku, "reason": row.reason}
                for row in self.first_rejected
            ],
            "cells_left_out": [note._asdict() for note in self.first_notes],
        }

    def lines(self) -> Iterator[str]:
        """Yield lines for people; nothing in them can steer a terminal."""
        yield f"{printable(self.source)}: {self.format}, {self.layout or 'in no known layout'}"
        yield f"{self.products:,} products of {self.rows:,} rows, {self.pictures:,} pictures"
        yield ""
        for what, columns in self.columns.items():
            yield f"  {what:<16} {_joined(columns)}"
        if not self.columns:
            yield f"  columns read     {_joined(self.used)}"
        yield f"  columns not read {_joined(self.unused) or 'none'}"
        for product in self.first_products:
            yield ""
            yield from _product_lines(product)
        if self.left_out:
            yield ""
            yield f"cells left out: {self.left_out:,}"
            yield from (f"  line {note.line}: {note.reason}" for note in self.first_notes)
        if self.rejected:
            yield ""
            yield f"rows rejected: {self.rejected:,}"
            yield from (f"  line {row.line}: {row.reason}" for row in self.first_rejected)


def preview(
    opened: Opened,
    columns: Columns,
    folder: Path | None = None,
    base: str | None = None,
    limit: int = 5,
) -> FeedPreview:
    """Read a feed to its end and keep the first ``limit`` of each kind; memory does not grow.

    Raises :class:`~shared.errors.FeedError` as :func:`~producer.feeds.products.read_products` does.
    """
    rows = FeedRows(opened, columns)
    seen = FeedPreview(opened.source, opened.format.value, opened.encoding)
    seen.layout = None if rows.layout is None else rows.layout.name
    with _Skus() as skus:
        for product in products_of(rows, folder, base):
            if isinstance(product, Rejected):
                seen.rejected += 1
                _keep(seen.first_rejected, product, limit)
                continue
            seen.products += skus.is_new(product.sku)
            seen.pictures += len(product.pictures)
            _keep(seen.first_products, product, limit)
            for note in product.notes:
                seen.left_out += 1
                _keep(seen.first_notes, note, limit)
    seen.rows = rows.count
    seen.used, seen.unused = rows.used, rows.unused
    seen.columns = {} if rows.found is None else _by_meaning(rows.found)
    return seen


class _Skus(TemporaryDatabase):
    """The skus of a feed: one that comes again far below is the same product."""

    def __init__(self) -> None:
        super().__init__("CREATE TABLE skus (sku TEXT PRIMARY KEY) WITHOUT ROWID")

    def is_new(self, sku: str) -> bool:
        return self._database.execute("INSERT OR IGNORE INTO skus VALUES (?)", (sku,)).rowcount > 0


def _keep(kept: list[Any], row: object, limit: int) -> None:
    if len(kept) < limit:
        kept.append(row)


def _by_meaning(found: FoundColumns) -> dict[str, list[str]]:
    single = {
        "sku": found.sku,
        "title": found.title,
        "category": found.category,
        "item group": found.item_group,
        "merchant colour": found.merchant_colour,
        "position": found.position,
        "role": found.role,
    }
    told = {what: [name] for what, name in single.items() if name is not None}
    return told | {"pictures": [column.name for column in found.pictures]}


def _joined(names: list[str]) -> str:
    return ", ".join(printable(name)[:60] for name in names)


def _product_json(product: FeedProduct) -> dict[str, Any]:
    return {
        "line": product.line,
        "sku": product.sku,
        "title": product.title,
        "category": product.category,
        "item_group": product.item_group,
        "merchant_colour": product.merchant_colour,
        "pictures": [{"url": each.url, "role": each.role} for each in product.pictures],
    }


def _product_lines(product: FeedProduct) -> Iterator[str]:
    facts = {
        "title": product.title,
        "category": product.category,
        "item group": product.item_group,
        "colour": product.merchant_colour,
    }
    yield f"line {product.line}: {printable(product.sku)}"
    yield from (f"  {what:<16} {printable(text)[:100]}" for what, text in facts.items() if text)
    for picture in product.pictures:
        role = f" ({printable(picture.role)[:20]})" if picture.role else ""
        yield f"  picture          {printable(picture.url)}{role}"
