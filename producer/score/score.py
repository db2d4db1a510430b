"""Scoring: every product of a feed that has a result, its word beside what was found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from producer.audit.names import NameCheck
from producer.catalogue.reader import AnsweredProduct, ProductReader
from producer.enqueue.stored_products import StoredProducts
from producer.score.outcome import WordOutcome, outcome_of
from producer.score.scored_product import ScoredProduct
from producer.score.spool import ScoreSpool
from producer.score.words import FeedWord
from shared.catalogue.pieces import Pieces
from shared.database.engine import reading

PRODUCTS_AT_ONCE: Final = 500
"""Of how many products the answers are read in one statement."""


@dataclass(slots=True)
class CatalogueScore:
    """Judges the words of one catalogue, and keeps what it says in a spool.

    ``reader`` selects the catalogue; its conditions leave products out. ``names`` reads words.
    """

    reader: ProductReader
    names: NameCheck
    pieces: Pieces
    spool: ScoreSpool

    def run(self, words: Iterable[FeedWord], on_progress: Callable[[int], None]) -> int:
        """Judge each product of a feed; return how many there are.

        ``on_progress`` hears of how many so far.
        """
        done, rest = 0, iter(words)
        while page := list(islice(rest, PRODUCTS_AT_ONCE)):
            self.spool.keep(self._judged(page))
            done += len(page)
            on_progress(done)
        return done

    def _judged(self, page: Sequence[FeedWord]) -> Iterator[ScoredProduct]:
        with reading(self.reader.engine).begin() as connection:
            catalogue = StoredProducts(connection, self.reader.selection.catalogue_id)
            ids = {sku: each.id for sku, each in catalogue.stored([e.sku for e in page]).items()}
        answers = {each.sku: each for each in self.reader.chosen(list(ids.values()))}
        judged = [
            self._judge(given, answers.get(given.sku))
            for given in page
            if given.sku in answers or given.sku not in ids  # else it is not selected
        ]
        # What differs may be a neighbour; the audit says where it is farther than that.
        differing = [
            replace(answers[each.sku], merchant_colour=each.word)
            for each in judged
            if each.outcome is WordOutcome.DIFFERS
        ]
        found = {each.sku: each for each in self.names.findings(differing)}
        for each in judged:
            finding = found.get(each.sku)
            if finding is not None:
                each = replace(each, sureness=finding.sureness, delta_e=finding.delta_e)  # noqa: PLW2901
            yield each

    def _judge(self, given: FeedWord, product: AnsweredProduct | None) -> ScoredProduct:
        word = None if given.word is None else self.names.read(given.word)
        part = word.parts[0] if word and word.parts else None
        told = ScoredProduct(
            sku=given.sku,
            outcome=outcome_of(word, product),
            title=given.title,
            category=given.category,
            piece=self.pieces.of(given.category, given.title),
            word=given.word,
            means=tuple(sorted(part.families, key=lambda family: (family != part.main, family)))
            if part
            else (),
            word_hex=self.names.ranges.typical(part).hex if part else None,
        )
        if product is None:
            return told
        return replace(
            told,
            piece=product.piece or told.piece,
            family=product.colour_family,
            family_second=product.colour_family_second,
            colour_name=product.colour.name if product.colour else None,
            colour_hex=product.colour.hex if product.colour else None,
            confidence=product.confidence,
            thumbnail_key=product.shown_key,
            url=next(iter(product.urls), None),
        )
