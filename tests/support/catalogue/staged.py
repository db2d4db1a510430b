"""A shop with a staged backfill, as several tests want it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, select

from producer.enqueue.enqueue import Order, enqueue
from producer.reprocess import backfill as module
from producer.reprocess.backfill import Backfilled, Selection
from producer.staged.batch import StagedBatch, staged_batch
from producer.staged.diff import Diff, DiffSelection, diff
from shared.contracts.results import Shade
from shared.contracts.stages import Code, Stage
from shared.database.models import Product, ProductImage, StagedResult
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.stored import product, url
from tests.support.rows import NAVY, RED, result

BLACK = Shade("#101010", (4.5, 0.0, 0.0), 0.9, "soft black", "black")
NIGHT = Shade("#101b3a", (10.75, 8.5, -21.5), 0.7, "night", "navy")

Found = Shade | StageError | None
"""What a worker finds in a picture: a colour, nothing to colour (None), or an error."""

GONE = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone")
NOBODY = StageError(Stage.MASK, Code.NO_PERSON, "nobody")

SHOP = Order("shop", source="feed.csv")

BEFORE = {1: NAVY, 2: NAVY, 3: NAVY, 4: GONE, 5: RED, 6: RED, 7: NAVY, 8: NAVY, 9: NAVY}
AFTER = {1: NAVY, 2: NIGHT, 3: BLACK, 4: RED, 5: None, 6: GONE, 7: NOBODY, 8: BLACK, 9: BLACK}
"""What a worker finds in nine pictures at first, and what once they are done again."""


def add_shop(engine: Engine, ledger: Ledger, found: Mapping[object, Found], name: str) -> None:
    """Enqueue a product with one picture for each entry, and do them all."""
    enqueue(engine, [product(f"P{key}", key) for key in found], SHOP)
    work(ledger, found, name)


def work(ledger: Ledger, found: Mapping[object, Found], name: str) -> int:
    """Bring every job to its end; ``name`` tells these results from others. Returns how many."""
    by_url = {url(key): each for key, each in found.items()}
    ended = 0
    while claims := ledger.claim():
        for claim in claims:
            ended += 1
            each = by_url[claim.url]
            if isinstance(each, StageError):
                ledger.fail(claim, each)
                continue
            shades = () if each is None else (each,)
            made = result(*shades, confidence=0.5, name=f"{name}{claim.image_id}")
            assert ledger.finish(claim, made)
    return ended


def replace(engine: Engine, *names: object) -> None:
    """Give products another picture, with the feed of the next day."""
    enqueue(engine, [product(f"P{name}", f"{name}-new") for name in names], Order("shop", limit=99))


def hold(engine: Engine, selection: Selection | None = None, **options: Any) -> Backfilled:
    return module.backfill(
        engine, selection or Selection(), max_attempts=3, source="--stage", hold=True, **options
    )


def hold_and_work(engine: Engine, ledger: Ledger, found: Mapping[object, Found], name: str) -> int:
    """Hold a backfill of everything, do its jobs, and return the batch's number."""
    batch_id = hold(engine).batch_id
    assert batch_id is not None
    work(ledger, found, name)
    return batch_id


def batch(engine: Engine, batch_id: int) -> StagedBatch:
    return staged_batch(engine, batch_id)


def compare(engine: Engine, batch_id: int, wanted: DiffSelection | None = None) -> Diff:
    return diff(engine, get_settings(), staged_batch(engine, batch_id), wanted)


def catalogue(engine: Engine, *, times: bool = True) -> list[dict[str, Any]]:
    """Return every column of every product and picture, but for what jobs and triggers change.

    Without ``times``, those of the products are left out too.
    """
    without = {"changed_in"} if times else {"changed_in", "enriched_at", "updated_at"}
    rows: list[dict[str, Any]] = []
    with engine.connect() as connection:
        for model in (Product, ProductImage):
            for row in connection.execute(select(model.__table__).order_by(model.id)).mappings():
                left_out = without if model is Product else {"generation"}
                rows.append({key: row[key] for key in row if key not in left_out})
    return rows


def families(engine: Engine) -> dict[str, str | None]:
    with engine.connect() as connection:
        rows = connection.execute(select(Product.sku, Product.colour_family).order_by(Product.id))
        return {row.sku: row.colour_family for row in rows}


def staged_results(engine: Engine) -> list[tuple[Any, ...]]:
    """Return every staged result: batch, picture's URL, generation, outcome, promoted or not."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(
                StagedResult.batch_id,
                ProductImage.url,
                StagedResult.generation,
                StagedResult.outcome,
                StagedResult.promoted_at,
            )
            .join(ProductImage, ProductImage.id == StagedResult.image_id)
            .order_by(StagedResult.batch_id, StagedResult.image_id)
        )
        return [(*row[:4], row[4] is not None) for row in rows]
