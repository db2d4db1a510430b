"""Products as the API tells them: the record of an export, and more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from producer.catalogue.reader import AnsweredProduct
from producer.exports.record import record
from web.api.models import FoundAnswer, ProductAnswer
from web.catalogue.cards import answered
from web.catalogue.services import CatalogueServices


@dataclass(frozen=True)
class ProductAnswers:
    """Tells products, in the order of their ids' list."""

    services: CatalogueServices
    connection: Connection

    def told(self, ids: Sequence[int]) -> list[ProductAnswer]:
        """Return products; those that are gone meanwhile are left out."""
        found = self._by_id(ids)
        return [self.one(found[key]) for key in ids if key in found]

    def found(self, ids: Sequence[int], distances: Mapping[int, float]) -> list[FoundAnswer]:
        """Return products with their distances."""
        there = self._by_id(ids)
        return [
            FoundAnswer(**self.one(there[key]).model_dump(), distance=distances.get(key))
            for key in ids
            if key in there
        ]

    def one(self, product: AnsweredProduct) -> ProductAnswer:
        """Return one product."""
        told = record(product, self.services.links.link)
        return ProductAnswer.model_validate({"id": product.id, **told})

    def _by_id(self, ids: Sequence[int]) -> dict[int, AnsweredProduct]:
        return {each.id: each for each in answered(self.connection, ids)}
