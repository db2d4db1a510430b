"""What a page of a feed changes: the feed's products compared with the stored ones."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import Final, NamedTuple

from producer.feeds.product import FeedPicture, FeedProduct

TEXTS: Final = ("title", "category", "item_group", "merchant_colour")
"""The columns of a product that a feed fills."""

_texts: Final = attrgetter(*TEXTS)


class StoredPicture(NamedTuple):
    """A picture as the database has it."""

    id: int
    url: str
    role: str | None


@dataclass(slots=True)
class StoredProduct:
    """A product as the database has it.

    ``texts`` are in the order of ``TEXTS``; ``pictures`` are keyed by position.
    """

    id: int
    texts: tuple[str | None, ...]
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
        if stored is None:
            known: Mapping[int, StoredPicture] = {}
            if not already:
                self.new_products.append(product)
        else:
            known = stored.pictures
            if _texts(product) != stored.texts:
                self._add_texts(product, stored, fill_only=already > 0)
        earlier: set[str] = set()
        if already:
            earlier = {known[position].url for position in range(already) if position in known}
        position = already
        for picture in product.pictures:
            if picture.url in earlier:
                continue
            before = known.get(position)
            if before is not None and _is_same(before, picture):
                self.same.append(before.id)
            else:
                self._add_change(product.sku, position, picture, before)
                if stored is not None:
                    self.touched.add(stored.id)
            position += 1
        # Not how many there are: an upload may have left a gap.
        behind_last = max(known, default=-1) + 1
        self.given[product.sku] = GivenPictures(
            stored.id if stored else None, position, behind_last
        )

    def _add_texts(self, product: FeedProduct, stored: StoredProduct, fill_only: bool) -> None:
        changes: dict[str, str] = {}
        texts: tuple[str | None, ...] = _texts(product)
        for name, text, before in zip(TEXTS, texts, stored.texts, strict=True):
            # A feed that says nothing never erases, and the first row of a sku has the last word.
            if text is not None and text != before and not (fill_only and before is not None):
                changes[name] = text
        if changes:
            self.changed_products[stored.id] = changes
            self.touched.add(stored.id)

    def _add_change(
        self, sku: str, position: int, picture: FeedPicture, before: StoredPicture | None
    ) -> None:
        if before is None:
            self.new_pictures.append(NewPicture(sku, position, picture.url, picture.role))
        elif before.url != picture.url:
            self.replaced[before.id] = picture
        elif picture.role is not None:
            self.same.append(before.id)
            self.new_roles[before.id] = picture.role


def _is_same(before: StoredPicture, picture: FeedPicture) -> bool:
    return before.url == picture.url and picture.role in (None, before.role)


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
