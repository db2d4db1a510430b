"""Which products of a staged batch are promoted: all, some, or all but some."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine, exists, select

from producer.staged.batch import StagedBatch
from shared.database.engine import reading
from shared.database.models import Product, StagedResult
from shared.errors import SettingsError

MOST_SKUS: Final = 1000
"""How many products may be named at a time."""


@dataclass(frozen=True, slots=True)
class ChosenProducts:
    """The products of ``ids`` alone where ``only`` is set, else all but those."""

    ids: frozenset[int] = frozenset()
    only: bool = False

    def include(self, product_id: int) -> bool:
        """Whether a product is among them."""
        return (product_id in self.ids) is self.only


EVERY_PRODUCT: Final = ChosenProducts()


def chosen_products(
    engine: Engine, batch: StagedBatch, only: Sequence[str], but: Sequence[str]
) -> ChosenProducts:
    """Return the products of a batch that have one of these skus, or all ``but`` those.

    Raises :class:`~shared.errors.SettingsError` where both are given, too many, or a sku that the
    batch does not have, or has in two catalogues.
    """
    if only and but:
        raise SettingsError("say --only or --except, not both")
    skus = list(dict.fromkeys(only or but))
    if len(skus) > MOST_SKUS:
        raise SettingsError(f"name {MOST_SKUS:,} products at most, not {len(skus):,}")
    staged = exists().where(
        StagedResult.batch_id == batch.id, StagedResult.product_id == Product.id
    )
    query = select(Product.sku, Product.id).where(Product.sku.in_(skus), staged)
    with reading(engine).begin() as connection:
        found = connection.execute(query).all()
    ids = {row.sku: row.id for row in found}
    for sku in skus:
        if sku not in ids:
            raise SettingsError(f"batch {batch.id} has no result for a product {sku!r}")
    if len(found) > len(ids):
        raise SettingsError(
            "several catalogues of the batch have one of these skus: choose on the page instead"
        )
    return ChosenProducts(frozenset(ids.values()), only=bool(only))
