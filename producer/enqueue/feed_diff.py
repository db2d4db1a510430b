"""What a page of a feed changes: the feed's products compared with the stored ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from producer.feeds.products import FeedPicture, FeedProduct

TEXTS: Final = ("title", "category", "item_group", "merchant_colour")
"""The columns of a product that a feed fills."""


class StoredPicture(NamedTuple):
    """A picture as the database has it."""

    id: int
    url: str
    role: str | None


@dataclass(slots=True)
class StoredProduct:
    """A product as the database has it; ``pictures`` are keyed by position."""

    id: int
    texts: Mapping[str, str | None]
    pictures: dict[int, StoredPicture] = field(default_factory=dict[int, StoredPicture])


class NewPicture(NamedTuple):
    """A picture for a position that had none."""

    sku: str
    position: int
    url: str
    role: str | None


class GivenPictures(NamedTuple):
    """How many pictures a feed gives a product, and how many positions were stored before."""

    product_id: int | None
    pictures: int
    stored: int


@dataclass(slots=True)
class FeedDiff:
    """All that must be written for a page of a feed.

    ``replaced`` pictures have another URL and get a new generation; ``same`` holds the ids of those
    whose URL stays.
    """

    new_products: list[FeedProduct] = field(default_factory=list[FeedProduct])
    changed_products: dict[int, dict[str, str]] = field(default_factory=dict[int, dict[str, str]])
    new_pictures: list[NewPicture] = field(default_factory=list[NewPicture])
    replaced: dict[int, FeedPicture] = field(default_factory=dict[int, FeedPicture])
    new_roles: dict[int, str] = field(default_factory=dict[int, str])
    same: list[int] = field(default_factory=list[int])
    touched: set[int] = field(default_factory=set[int])
    given: dict[str, GivenPictures] = field(default_factory=dict[str, GivenPictures])

    def add(self, product: FeedProduct, stored: StoredProduct | None, already: int) -> None:
        """Compare one product, to which the feed has ``already`` given so many pictures."""
        if stored is None and not already:
            self.new_products.append(product)
        if stored is not None:
            self._add_texts(product, stored, fill_only=already > 0)
        known = stored.pictures if stored else {}
        earlier = {known[position].url for position in range(already) if position in known}
        position = already
        for picture in product.pictures:
            if picture.url not in earlier:
                self._add_picture(product.sku, position, picture, stored)
                position += 1
        # Not how many there are: an upload may have left a gap.
        behind_last = max(known, default=-1) + 1
        self.given[product.sku] = GivenPictures(
            stored.id if stored else None, position, behind_last
        )

    def _add_texts(self, product: FeedProduct, stored: StoredProduct, fill_only: bool) -> None:
        changes: dict[str, str] = {}
        for name in TEXTS:
            text: str | None = getattr(product, name)
            before = stored.texts[name]
            # A feed that says nothing never erases, and the first row of a sku has the last word.
            if text is not None and text != before and not (fill_only and before is not None):
                changes[name] = text
        if changes:
            self.changed_products[stored.id] = changes
            self.touched.add(stored.id)

    def _add_picture(
        self, sku: str, position: int, picture: FeedPicture, stored: StoredProduct | None
    ) -> None:
        before = stored.pictures.get(position) if stored else None
        if before is None:
            self.new_pictures.append(NewPicture(sku, position, picture.url, picture.role))
        elif before.url != picture.url:
            self.replaced[before.id] = picture
        else:
            self.same.append(before.id)
            if picture.role is not None and picture.role != before.role:
                self.new_roles[before.id] = picture.role
            else:
                return
        if stored is not None:
            self.touched.add(stored.id)


def combine(products: Iterable[FeedProduct]) -> list[FeedProduct]:
    """Merge products of one sku: their pictures in order, each only once."""
    by_sku: dict[str, FeedProduct] = {}
    for product in products:
        first = by_sku.get(product.sku)
        if first is None:
            by_sku[product.sku] = product
            continue
        known = {picture.url for picture in first.pictures}
        further = [picture for picture in product.pictures if picture.url not in known]
        texts = {name: getattr(first, name) or getattr(product, name) for name in TEXTS}
        by_sku[product.sku] = replace(first, pictures=[*first.pictures, *further], **texts)
    return list(by_sku.values())
