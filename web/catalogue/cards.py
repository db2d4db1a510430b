"""Cards: a product as pages show it: its piece cut out, its colour and its name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from producer.catalogue.reader import AnsweredProduct, ProductReader, ProductSelection
from producer.score.outcome import WordOutcome
from shared.catalogue.kinds import WHOLE
from shared.contracts.results import MULTI
from shared.contracts.warnings import MEANINGS
from web.catalogue.services import CatalogueServices

PLAIN: Final = "plain"


@dataclass(frozen=True, slots=True)
class CatalogueCard:
    """What a card shows.

    ``picture`` is a link, ``hexes`` the colours of its swatch with their shares in percent: one,
    unless the family is ``multi``. ``word_hexes`` are the colours of the shop's word, and
    ``differs`` says that it does not mean what was found. ``tags`` are what else is said; in
    ``doubts`` each warning has its meaning beside it. ``decided`` is what somebody ruled, in words.
    ``distance`` is CIEDE2000 to a wanted colour.
    """

    id: int
    href: str
    sku: str
    title: str
    catalogue: str
    picture: str | None
    name: str | None
    hexes: tuple[tuple[str, float], ...]
    family: str | None
    family_second: str | None
    word: str | None
    word_hexes: tuple[str, ...]
    differs: bool
    confidence: int | None
    tags: tuple[str, ...]
    doubts: tuple[tuple[str, str], ...]
    decided: str | None = None
    distance: float | None = None


@dataclass(frozen=True)
class CardMaker:
    """Makes cards of products, in the order that is asked for."""

    services: CatalogueServices

    def cards(
        self,
        connection: Connection,
        ids: Sequence[int],
        distances: Mapping[int, float] | None = None,
    ) -> list[CatalogueCard]:
        """Return the cards of products; those that are gone meanwhile are left out."""
        products = {each.id: each for each in answered(connection, ids)}
        far = distances or {}
        return [self.card(products[key], far.get(key)) for key in ids if key in products]

    def card(self, product: AnsweredProduct, distance: float | None = None) -> CatalogueCard:
        """Return the card of a product."""
        words, word = self.services.words, (product.merchant_colour or "").strip() or None
        piece = product.piece or (
            WHOLE.value if product.shades and product.is_whole_outfit else None
        )
        pattern = product.pattern.value if product.pattern else None
        return CatalogueCard(
            id=product.id,
            href=f"/products/{product.id}",
            sku=product.sku,
            title=product.title or product.sku,
            catalogue=product.catalogue,
            picture=self.picture(product),
            name=words.of(product.colour.name) if product.colour else None,
            hexes=_swatch(product),
            family=words.of(product.colour_family),
            family_second=words.of(product.colour_family_second),
            word=word,
            word_hexes=self.services.colours.hexes(word) if word else (),
            differs=self.services.indexer.maker.outcome(product) is WordOutcome.DIFFERS,
            confidence=None if product.confidence is None else round(100 * product.confidence),
            tags=tuple(filter(None, (piece, pattern if pattern != PLAIN else None))),
            doubts=tuple((w.replace("_", " "), MEANINGS.get(w, "")) for w in product.warnings),
            decided=product.decision.ruling.value.replace("_", " ") if product.decision else None,
            distance=distance,
        )

    def picture(self, product: AnsweredProduct) -> str | None:
        """Return the link to the piece as it was cut out; else to what is stored small."""
        links = self.services.links
        return links.link(product.cutout_key) or links.link(product.thumbnail_key)


def answered(connection: Connection, ids: Sequence[int]) -> list[AnsweredProduct]:
    """Return products by their ids, decisions of people applied, in any order."""
    selection = ProductSelection(answered=None)
    reader = ProductReader(connection.engine, selection, _say_nothing, placeholders=False)
    return reader.by_ids_in(connection, ids)


def _swatch(product: AnsweredProduct) -> tuple[tuple[str, float], ...]:
    shades = product.shades if product.colour_family == MULTI else product.shades[:1]
    whole = sum(shade.share for shade in shades) or 1.0
    return tuple((shade.hex, round(100 * shade.share / whole, 1)) for shade in shades)


def _say_nothing(_sku: str, _reason: str) -> None:
    pass
