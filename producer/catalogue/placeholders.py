"""Pictures that many products share: a placeholder such as "coming soon" shows none of them."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import ColumnElement, Engine, Select, distinct, func, select

from shared.database.engine import among, reading
from shared.database.models import Product, ProductImage

MANY: Final = 5
"""So many products, those of an item group counted once, do not look the same: sizes of one garment
share their photo, and a shop may show a jacket of a suit by the photo of the suit."""


class SharedPictures:
    """Knows the contents that many products of one catalogue share; asks for them once.

    Args:
        engine: the database.
        catalogue_id: the only catalogue that matters, if there is one.
    """

    def __init__(self, engine: Engine, catalogue_id: int | None = None) -> None:
        self._engine = engine
        products = func.count(distinct(func.coalesce(Product.item_group, Product.sku)))
        query = _contents(Product.catalogue_id, products).where(_SHA256.is_not(None))
        query = query.group_by(Product.catalogue_id, _SHA256).having(products >= MANY)
        if catalogue_id is not None:
            query = query.where(Product.catalogue_id == catalogue_id)
        with reading(engine).begin() as connection:
            rows = connection.execute(query).all()
        self._shared = {(catalogue, sha256): count for sha256, catalogue, count in rows}

    @property
    def any(self) -> bool:
        """Whether there are such pictures."""
        return bool(self._shared)

    def of(self, ids: Iterable[int]) -> dict[int, int]:
        """Return which of these products show a shared picture, and how many products share it.

        A product shows the picture that its answer comes from; without an answer, its first.
        """
        if not self._shared:
            return {}
        with reading(self._engine).begin() as connection:
            query = _contents(
                Product.id, Product.catalogue_id, Product.cutout_key, ProductImage.cutout_key
            ).where(among(connection, Product.id, ids))
            rows = connection.execute(query.order_by(Product.id, ProductImage.position)).all()
        shown: dict[int, tuple[int, str | None]] = {}
        for sha256, key, catalogue, answer, cutout in rows:
            if answer == cutout and (answer is not None or key not in shown):
                shown[key] = (catalogue, sha256)
        return {
            key: self._shared[content] for key, content in shown.items() if content in self._shared
        }


# Of a picture without a person or a product no result is stored, but what it was is.
_SHA256: Final[ColumnElement[str | None]] = func.coalesce(
    ProductImage.sha256, ProductImage.fingerprint["sha256"].as_string()
)


def _contents(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(_SHA256, *columns)
        .select_from(ProductImage)
        .join(Product, Product.id == ProductImage.product_id)
    )
