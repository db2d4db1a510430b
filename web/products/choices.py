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
from web.catalogue.told import told_filters

MOST_CATALOGUES: Final = 200
ORDERS: Final = {
    ProductOrder.CATALOGUE: "as in the catalogue",
    ProductOrder.RECENT: "changed last",
    ProductOrder.LEAST_SURE: "least sure first",
    ProductOrder.WRONG_WORD: "likeliest wrong word",
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
    for name, told in told_filters(asked).items():
        hex_too = f" {colour.hex}" if name == "colour" and colour and colour.name else ""
        chips.append(SetFilter(told + hex_too, asked.address("/products", **{name: None})))
    return chips
