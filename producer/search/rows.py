"""Search rows made of products: what filters and orders go by, decisions of people applied."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import Connection, delete, select

from producer.audit.colour_range import ColourRanges
from producer.audit.lexicon import Lexicon
from producer.audit.names import NameCheck
from producer.catalogue.reader import AnsweredProduct, ProductReader, ProductSelection
from producer.score.outcome import WordOutcome, outcome_of
from producer.search.cubes import cube_of
from producer.search.words import words_of_product
from shared.catalogue.kinds import WHOLE
from shared.colour.naming import Naming
from shared.contracts.warnings import WarningWord
from shared.database.engine import among
from shared.database.models import Product
from shared.database.search_rows import SearchRow
from shared.database.upsert import Upsert, upsert

FORM: Final = "1"
"""Another one where rows are made otherwise: then all of them are made anew."""

LONGEST_TEXT: Final = 200
"""So many letters of a category and of a shop's word are kept: an index has room for no more."""

BITS: Final = {word.value: 1 << place for place, word in enumerate(WarningWord)}
"""The bit of each warning."""


def short_text(text: str | None) -> str | None:
    """Return a category or a word as search rows keep it."""
    return (text or "").strip()[:LONGEST_TEXT] or None


@dataclass(frozen=True)
class RowMaker:
    """Makes search rows; ``version`` changes with what they follow from beside the products."""

    names: NameCheck
    version: str

    @classmethod
    def load(cls, naming: Naming, lexicon: Path | None = None) -> Self:
        """Read the lexicon. Raises LexiconError as :meth:`Lexicon.load` does."""
        words = Lexicon.load(naming, lexicon)
        lines = [
            f"{word} {entry.meaning} {sorted(entry.families)} {entry.lightness} {entry.main}"
            for word, entry in sorted(words.words.items())
        ]
        content = "\n".join([FORM, naming.version, *lines])
        version = f"sha256:{hashlib.sha256(content.encode()).hexdigest()[:12]}"
        return cls(NameCheck(words, ColourRanges(naming)), version)

    def refresh(self, connection: Connection, ids: Sequence[int]) -> int:
        """Make the rows of products anew, in the caller's transaction; return how many there are.

        A product that is gone, or whose colours make no sense, has none.
        """
        ordered = sorted(set(ids))
        # Read first: whoever changes a product meanwhile has a later time, and wins below.
        read = select(Product.id, Product.updated_at).where(among(connection, Product.id, ordered))
        changed_at = {row.id: row.updated_at for row in connection.execute(read)}
        products = [
            product
            for product in ProductReader(
                connection.engine, ProductSelection(answered=None), _say_nothing, placeholders=False
            ).by_ids_in(connection, ordered)
            if product.id in changed_at
        ]
        rows = [row | {"changed_at": changed_at[row["product_id"]]} for row in self._rows(products)]
        if lost := [*set(ordered).difference(row["product_id"] for row in rows)]:
            connection.execute(
                delete(SearchRow).where(among(connection, SearchRow.product_id, lost))
            )
        if rows:
            connection.execute(_newer(connection), rows)
        return len(rows)

    def outcome(self, product: AnsweredProduct) -> WordOutcome:
        """Return what the score says of a product's word."""
        word = short_text(product.merchant_colour)
        return outcome_of(self.names.read(word) if word else None, product)

    def _rows(self, products: Sequence[AnsweredProduct]) -> list[dict[str, Any]]:
        doubts = {
            (found.catalogue, found.sku): found.sureness for found in self.names.findings(products)
        }
        return [self._row(each, doubts.get((each.catalogue, each.sku))) for each in products]

    def _row(self, product: AnsweredProduct, doubt: float | None) -> dict[str, Any]:
        colour = product.colour
        word = short_text(product.merchant_colour)
        answered = product.enriched_at is not None or product.decision is not None
        whole = answered and product.is_whole_outfit
        return {
            "product_id": product.id,
            "catalogue_id": product.catalogue_id,
            "words": words_of_product(product.sku, product.title),
            "category": short_text(product.category),
            "family": product.colour_family,
            "family_second": product.colour_family_second,
            "piece": product.piece or (WHOLE if whole else None),
            "pattern": product.pattern.value if product.pattern else None,
            "warnings": sum({BITS[each] for each in product.warnings if each in BITS}),
            "confidence": product.confidence,
            "hex": colour.hex if colour else None,
            "cube": cube_of(colour.hex) if colour else None,
            "word": word,
            "outcome": self.outcome(product).value,
            "doubt": doubt,
        }


def _newer(connection: Connection) -> Upsert:
    """Return what writes a row, unless it is there already as somebody saw it later."""
    write = upsert(connection, SearchRow)
    new, key = write.excluded, "product_id"
    return write.on_conflict_do_update(
        index_elements=[key],
        set_={column.name: column for column in new if column.name != key},
        where=new.changed_at >= SearchRow.changed_at,
    )


def _say_nothing(_sku: str, _reason: str) -> None:
    pass
