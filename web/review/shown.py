"""What the pages of a queue show: its progress, one product large, or many as cards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from producer.audit.colour_name import read_name
from producer.catalogue.reader import AnsweredProduct
from producer.review.items import ReviewedProduct
from shared.colour.naming import Naming
from shared.contracts.decisions import DecisionRecord, Ruling
from shared.contracts.results import MULTI, outfit_key
from web.catalogue.cards import CardMaker, CatalogueCard
from web.catalogue.services import CatalogueServices
from web.review.words import nearest_names

SAID: Final = {
    Ruling.ACCEPTED: "accepted",
    Ruling.CORRECTED: "corrected",
    Ruling.NOT_IN_PICTURE: "not in the picture",
    Ruling.SKIPPED: "skipped",
    Ruling.TAKEN_BACK: "taken back",
}
"""Rulings as people read them."""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A product of a queue with its cards: as it was measured, and as it is now.

    ``item`` is what a form sends back of it: its id and what was seen.
    """

    reviewed: ReviewedProduct
    measured: CatalogueCard
    now: CatalogueCard
    item: str

    @property
    def decision(self) -> DecisionRecord | None:
        """The decision that counts now."""
        return self.reviewed.product.decision


@dataclass(frozen=True, slots=True)
class LargeItem:
    """One product, large; ``url`` is the shop's picture, where a browser may open it."""

    shown: ShownItem
    outfit: str | None
    crop: str | None
    url: str | None
    proposed: Mapping[str, Any] | None
    names: Sequence[str]


def families_of(naming: Naming) -> dict[str, str | None]:
    """Return the families that may be said, each with the colour that stands for it."""
    typical: dict[str, str | None] = {}
    for row in naming.rows:
        if row.family not in typical or row.name == row.family:
            typical[row.family] = row.hex
    return typical | {MULTI: None}


def shown_item(services: CatalogueServices, reviewed: ReviewedProduct) -> ShownItem:
    """Return a product with its cards."""
    cards = CardMaker(services)
    return ShownItem(
        reviewed,
        measured=cards.card(reviewed.measured),
        now=cards.card(reviewed.product),
        item=f"{reviewed.product.id}:{reviewed.seen}",
    )


def large_item(services: CatalogueServices, reviewed: ReviewedProduct) -> LargeItem:
    """Return a product as it is shown alone."""
    found, link = reviewed.measured, services.links.link
    url = next(iter(found.urls), None)
    return LargeItem(
        shown=shown_item(services, reviewed),
        outfit=link(outfit_key(found.cutout_key, found.provenance)),
        crop=link(found.crop_key),
        url=url if url is not None and url.startswith(("https://", "http://")) else None,
        proposed=reviewed.proposed or _by_the_shop(services, found),
        names=nearest_names(services.naming, found.shades),
    )


def _by_the_shop(services: CatalogueServices, found: AnsweredProduct) -> Mapping[str, Any] | None:
    """Return what the shop's own word proposes, where it does not mean what was found."""
    word = found.merchant_colour or ""
    parts = read_name(word, services.colours.lexicon).parts
    if not parts or parts[0].main is None or found.colour_family in parts[0].families:
        return None
    hexes = services.colours.hexes(word)
    return {"family": parts[0].main, "name": None, "hex": hexes[0], "by": f"the shop: {word}"}
