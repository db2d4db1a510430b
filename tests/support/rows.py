"""Rows and results for tests of the ledger: small, exact, written without the producer."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, insert, select

from shared.colour.pattern import pattern_of
from shared.contracts.results import (
    PictureKeys,
    PictureResult,
    Provenance,
    Region,
    Shade,
)
from shared.contracts.stages import Code, Stage
from shared.database.models import Batch, Catalogue, Job, Product, ProductImage
from shared.errors import StageError

NAVY = Shade("#1b2a4a", (17.5, 3.25, -21.0), 0.75, "midnight", "navy")
WHITE = Shade("#f5f5f0", (96.5, -0.5, 2.0), 0.25, "chalk", "white")
RED = Shade("#b01020", (37.0, 58.5, 34.0), 1.0, "cherry", "red")
TAN = Shade("#c68642", (60.5, 18.5, 45.0), 1.0, "tan", "brown")

NOBODY = StageError(Stage.MASK, Code.NO_PERSON, "nobody in the picture")


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def add_product(engine: Engine, sku: str = "A-1", pictures: int = 1) -> list[int]:
    """Add a product with pictures and a pending job for each; return the jobs' ids in order."""
    with engine.begin() as connection:
        catalogue = connection.scalar(
            insert(Catalogue).values(name=f"shop of {sku}").returning(Catalogue.id)
        )
        batch = connection.scalar(
            insert(Batch).values(catalogue_id=catalogue, source="feed.csv").returning(Batch.id)
        )
        product = connection.scalar(
            insert(Product)
            .values(
                catalogue_id=catalogue,
                sku=sku,
                title="Oxford shirt",
                category="shirts",
                merchant_colour="Deep Ocean",
            )
            .returning(Product.id)
        )
        return [
            add_job(
                connection.scalar, product, batch, position, f"http://shop.test/{sku}/{position}"
            )
            for position in range(pictures)
        ]


def add_job(scalar, product: int, batch: int, position: int, url: str) -> int:
    image = scalar(
        insert(ProductImage)
        .values(product_id=product, position=position, url=url)
        .returning(ProductImage.id)
    )
    return scalar(insert(Job).values(image_id=image, batch_id=batch).returning(Job.id))


def result(
    *clothes: Shade,
    skin: tuple[Shade, ...] = (),
    confidence: float = 0.5,
    name: str = "one",
    **others: Any,
) -> PictureResult:
    """Return a picture's result with these clothes; ``name`` stands in its keys and its sha256.

    ``others`` are further fields, such as its piece.
    """
    return PictureResult(
        image_sha256=name.ljust(64, "0"),
        size_hw=(768, 512),
        subject="person",
        score=0.875,
        box_yxyx=(10, 20, 700, 400),
        shades={Region.CLOTHES: clothes, Region.SKIN: skin, Region.HAIR: ()},
        confidence=confidence,
        keys=PictureKeys(
            cutout=f"{name}/cutout.png", crop=f"{name}/crop.jpg", thumbnail=f"{name}/thumbnail.jpg"
        ),
        provenance=Provenance(name.ljust(64, "0"), "7", {"mask_rcnn": "ab" * 32}, "2", "3"),
        timings_ms={"fetch": 12.5, "mask": 80.0},
        pattern=pattern_of(clothes),
        **others,
    )


def row(engine: Engine, model: type, row_id: int) -> Row[Any]:
    """Return a row of a table by its id."""
    with engine.connect() as connection:
        return connection.execute(select(model.__table__).where(model.id == row_id)).one()


def job(engine: Engine, job_id: int) -> Row[Any]:
    """Return a job by its id."""
    return row(engine, Job, job_id)


def everything(engine: Engine, *models: type) -> list[Row[Any]]:
    """Return every row of some tables, each in the order of its ids."""
    with engine.connect() as connection:
        return [
            found
            for model in models
            for found in connection.execute(select(model.__table__).order_by(model.id))
        ]


def not_an_image() -> StageError:
    return StageError(Stage.DECODE, Code.NOT_AN_IMAGE, "this is HTML")
