"""Pictures that many products share: a placeholder such as "coming soon" shows none of them."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Engine, distinct, func, select

from shared.database.engine import among, reading
from shared.database.models import Product, ProductImage

PLACEHOLDER: Final = "placeholder"
"""The warning word of an answer that comes from such a picture."""

MANY: Final = 5
"""So many products, those of an item group counted once, do not look the same: sizes of one garment
share their photo, and a shop may show a jacket of a suit by the photo of the suit."""


class PlaceholderCheck:
    """Knows the contents that many products of one catalogue share; asks for them once.

    Args:
        engine: the database.
        catalogue_id: the only catalogue that matters, if there is one.
    """

    def __init__(self, engine: Engine, catalogue_id: int | None = None) -> None:
        self._engine = engine
        products = func.count(distinct(func.coalesce(Product.item_group, Product.sku)))
        query = (
            select(Product.catalogue_id, ProductImage.sha256, products)
            .join(Product, Product.id == ProductImage.product_id)
            .where(ProductImage.sha256.is_not(None))
            .group_by(Product.catalogue_id, ProductImage.sha256)
            .having(products >= MANY)
        )
        if catalogue_id is not None:
            query = query.where(Product.catalogue_id == catalogue_id)
        with reading(engine).begin() as connection:
            rows = connection.execute(query).all()
        self._shared = {(catalogue, sha256): count for catalogue, sha256, count in rows}

    def among(self, ids: Iterable[int]) -> dict[int, int]:
        """Return which of these products have an answer from a shared picture, and of how many."""
        if not self._shared:
            return {}
        with reading(self._engine).begin() as connection:
            rows = connection.execute(
                select(Product.id, Product.catalogue_id, ProductImage.sha256)
                .join(ProductImage, ProductImage.product_id == Product.id)
                .where(
                    among(connection, Product.id, ids), ProductImage.crop_key == Product.crop_key
                )
            ).all()
        return {
            key: self._shared[catalogue, sha256]
            for key, catalogue, sha256 in rows
            if (catalogue, sha256) in self._shared
        }
