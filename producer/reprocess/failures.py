"""Failures: the products whose pictures failed, written as a feed that can be given in again.

A feed says which pictures a product has, so a product is written with all of its pictures: one that
was left out would be removed when the file is given in. ``code`` tells which of them failed.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple, TextIO

from sqlalchemy import Engine, and_, select

from producer.feeds.addresses import split_addresses
from shared.database.engine import among, reading
from shared.database.id_ranges import id_ranges
from shared.database.models import Job, Product, ProductImage
from shared.ledger.reopening import Failures, failed_jobs
from shared.spreadsheet_cells import inert_row

PRODUCTS_AT_ONCE: Final = 1000
"""Of how many products the pictures are read in one statement."""


class FailedRow(NamedTuple):
    """One picture of a product of which a picture failed; the fields are the file's columns.

    Those from ``code`` on are empty where this picture did not fail. ``failed_at`` is ISO 8601.
    """

    sku: str
    image_link: str
    position: int
    role: str | None
    code: str | None
    stage: str | None
    message: str | None
    attempts: int | None
    failed_at: str | None


@dataclass(slots=True)
class Written:
    """How many pictures failed, and of how many products; how many of these were left out."""

    pictures: int = 0
    products: int = 0
    left_out: int = 0


Write = Callable[[FailedRow], None]


def failed_products(engine: Engine, wanted: Failures) -> Iterator[list[FailedRow]]:
    """Yield each product of which a wanted picture failed: a row for each of its pictures.

    Products come in the order of their ids, pictures in that of their positions. Memory does not
    grow with their number.
    """
    for span in id_ranges(engine, Product.id):
        with reading(engine).begin() as connection:
            these = span.holds(ProductImage.product_id)
            query = failed_jobs(select(Product.id), wanted).where(these)
            ids = list(connection.scalars(query.distinct().order_by(Product.id)))
        for start in range(0, len(ids), PRODUCTS_AT_ONCE):
            yield from _products(engine, ids[start : start + PRODUCTS_AT_ONCE])


def write_failures(products: Iterable[list[FailedRow]], write: Write, *, as_text: bool) -> Written:
    """Write products one after the other; return the numbers.

    ``as_text`` leaves out products with a URL that a reader of plain text would take for several.
    """
    written = Written()
    for rows in products:
        if as_text and any(split_addresses(row.image_link) != [row.image_link] for row in rows):
            written.left_out += 1
            continue
        written.products += 1
        for row in rows:
            written.pictures += row.code is not None
            write(row)
    return written


def csv_writer(file: TextIO) -> Write:
    """Write the header, and return what writes rows; no cell begins as a formula does."""
    # Not "\n" alone: a carriage return within a field would then go unquoted, and part the row.
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(FailedRow._fields)
    return lambda row: writer.writerow(inert_row(row))


def json_writer(file: TextIO) -> Write:
    """Return what writes rows as JSON Lines; the URL stands in a list, which nobody splits."""

    def write(row: FailedRow) -> None:
        record: dict[str, Any] = row._asdict() | {"image_link": [row.image_link]}
        file.write(json.dumps(record, ensure_ascii=False) + "\n")

    return write


def _products(engine: Engine, ids: list[int]) -> Iterator[list[FailedRow]]:
    failed = Job.state.in_(Failures().states)
    with reading(engine).begin() as connection:
        rows = connection.execute(
            select(
                Product.id,
                Product.sku,
                ProductImage.url,
                ProductImage.position,
                ProductImage.role,
                Job.code,
                Job.stage,
                Job.message,
                Job.attempts,
                Job.finished_at,
            )
            .join(ProductImage, ProductImage.product_id == Product.id)
            .outerjoin(
                Job,
                and_(
                    Job.image_id == ProductImage.id,
                    Job.generation == ProductImage.generation,
                    failed,
                ),
            )
            .where(among(connection, Product.id, ids))
            .order_by(Product.id, ProductImage.position)
        ).all()
    for _, pictures in groupby(rows, key=lambda row: row.id):
        yield [_row(picture) for picture in pictures]


def _row(picture: Any) -> FailedRow:
    return FailedRow(
        sku=picture.sku,
        image_link=picture.url,
        position=picture.position,
        role=picture.role,
        code=picture.code,
        stage=picture.stage,
        message=None if picture.message is None else " ".join(picture.message.split()),
        attempts=picture.attempts,
        failed_at=None if picture.finished_at is None else picture.finished_at.isoformat(),
    )
