"""What the filters offer, and which of them are set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from producer.search.asked_colour import AskedColour
from producer.search.pages import ProductOrder
from producer.search.product_filter import PIECES, WARNINGS
from shared.database.models import Catalogue
from web.catalogue.asked import AskedProducts
from web.catalogue.services import CatalogueServices

MOST_CATALOGUES: Final = 200
ORDERS: Final = {
    ProductOrder.CATALOGUE: "as in the catalogue",
    ProductOrder.RECENT: "changed last",
    ProductOrder.LEAST_SURE: "least sure first",
    ProductOrder.WRONG_WORD: "likeliest wrong word",
}
_TOLD: Final = {
    "q": "“{}”",
    "catalogue": "catalogue {}",
    "category": "{}",
    "family_second": "or {}",
    "min_confidence": "at least {:.0%} sure",
    "max_confidence": "less than {:.0%} sure",
    "changed_since": "changed since {:%Y-%m-%d %H:%M}",
    "word": "the shop says {}",
    "within": "within ΔE {:g}",
}


@dataclass(frozen=True, slots=True)
class Choices:
    """The words that a filter may have; ``families`` map each to the colour that stands for it."""

    catalogues: Sequence[str]
    families: Mapping[str, str | None]
    pieces: Sequence[str]
    warnings: Sequence[str]
    orders: Mapping[ProductOrder, str]

    @classmethod
    def of(cls, services: CatalogueServices, connection: Connection) -> "Choices":
        """Return the choices of a catalogue."""
        names = select(Catalogue.name).order_by(Catalogue.name).limit(MOST_CATALOGUES)
        catalogues = list(connection.scalars(names))
        return cls(catalogues, services.families, PIECES, WARNINGS, ORDERS)


class SetFilter(NamedTuple):
    """A filter that is set: what it says, and where the products are without it."""

    told: str
    without: str


def chips_of(asked: AskedProducts, colour: AskedColour | None) -> list[SetFilter]:
    """Return the filters that a search has set, each to be taken away."""
    chips: list[SetFilter] = []
    for name in AskedProducts.model_fields:
        value = getattr(asked, name)
        if name in ("order", "at", "size") or value in (None, False):
            continue
        if name == "mismatch":
            told = "the word differs from what was found"
        elif name == "colour":
            told = f"like {asked.colour}" + (f" {colour.hex}" if colour and colour.name else "")
        else:
            told = _TOLD.get(name, "{}").format(value).replace("_", " ")
        chips.append(SetFilter(told, asked.address("/products", **{name: None})))
    return chips
