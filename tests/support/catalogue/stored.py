"""Feeds as tests write them, and what the database holds afterwards."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, select

from producer.feeds.product import FeedPicture, FeedProduct
from shared.database.models import Batch, Catalogue, Job, Product, ProductImage


def url(name: object) -> str:
    return f"https://a.example/{name}.jpg"


def product(sku: str, *pictures: object, **texts: str) -> FeedProduct:
    """Return a product of a feed; ``pictures`` are the names of its files."""
    return FeedProduct(1, sku, pictures=[FeedPicture(url(name)) for name in pictures], **texts)


def pictures(engine: Engine) -> dict[str, list[str]]:
    """Return each product's pictures as ``name@generation``, in order; positions have no gaps."""
    found: dict[str, list[str]] = {}
    with engine.connect() as connection:
        rows = connection.execute(
            select(Product.sku, ProductImage.position, ProductImage.url, ProductImage.generation)
            .join_from(Product, ProductImage, isouter=True)
            # Not by sku alone: databases sort text by rules of their own.
            .order_by(Product.id, ProductImage.position)
        )
        for sku, position, address, generation in rows:
            known = found.setdefault(sku, [])
            if position is not None:
                assert position == len(known)
                name = address.removeprefix("https://a.example/").removesuffix(".jpg")
                known.append(f"{name}@{generation}")
    return found


def jobs(engine: Engine) -> list[tuple[Any, ...]]:
    """Return every job: picture's URL, generation, state, code, batch."""
    with engine.connect() as connection:
        rows = connection.execute(
            select(ProductImage.url, Job.generation, Job.state, Job.code, Job.batch_id)
            .join(ProductImage, ProductImage.id == Job.image_id)
            .order_by(Job.id)
        )
        return [tuple(row) for row in rows]


def texts(engine: Engine, sku: str) -> dict[str, Any]:
    with engine.connect() as connection:
        row = connection.execute(
            select(
                Product.title, Product.category, Product.item_group, Product.merchant_colour
            ).where(Product.sku == sku)
        ).one()
        return dict(row._mapping)


def batches(engine: Engine) -> Sequence[tuple[Any, ...]]:
    with engine.connect() as connection:
        rows = connection.execute(
            select(Catalogue.name, Batch.trigger, Batch.source)
            .join(Catalogue, Catalogue.id == Batch.catalogue_id)
            .order_by(Batch.id)
        )
        return [tuple(row) for row in rows]
