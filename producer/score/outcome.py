"""What becomes of a shop's word beside a product's answer: one rule, in one place.

1. A word means one or several families (:mod:`producer.audit.colour_name`); one that lists colours
   (Navy/White) is judged by its first.
2. It *agrees* where the found family is one that it may mean. The family ``multi`` agrees with a
   word that lists several colours, where each of them is among the product's.
3. It agrees *by either* family where the found one or the second, between which the colour lies, is
   one that any listed colour may mean.
4. A print or an assortment ("Leopard", "Multi") names no family, and a word that is not understood
   says nothing: neither is counted as right or wrong. An answer without a colour *abstained*.
"""

from enum import StrEnum
from typing import Final

from producer.audit.colour_name import ReadName
from producer.catalogue.main_colours import main_shades
from producer.catalogue.reader import AnsweredProduct
from shared.contracts.results import MULTI


class WordOutcome(StrEnum):
    """What became of one product's word."""

    AGREES = "agrees"
    EITHER = "either"
    DIFFERS = "differs"
    ABSTAINED = "abstained"
    SEVERAL = "several"
    NOT_UNDERSTOOD = "not_understood"
    NO_WORD = "no_word"
    NO_RESULT = "no_result"


JUDGED: Final = (WordOutcome.AGREES, WordOutcome.EITHER, WordOutcome.DIFFERS)
"""Outcomes of words and answers that were compared."""

IN_WORDS: Final = {
    WordOutcome.AGREES: "the found family is one that the word means",
    WordOutcome.EITHER: "only the second family, or another colour of the word, fits",
    WordOutcome.DIFFERS: "another family was found",
    WordOutcome.ABSTAINED: "no colour was given",
    WordOutcome.SEVERAL: "the word names a print or many colours, and no family",
    WordOutcome.NOT_UNDERSTOOD: "the word is not understood",
    WordOutcome.NO_WORD: "the shop gives no word",
    WordOutcome.NO_RESULT: "no result is stored yet",
}
"""What people read of an outcome."""


def outcome_of(word: ReadName | None, product: AnsweredProduct | None) -> WordOutcome:
    """Judge one product; None where the shop gives no word, or no result is stored."""
    if product is None or product.enriched_at is None:
        return WordOutcome.NO_RESULT
    if word is None:
        return WordOutcome.NO_WORD
    if not word.parts:
        return WordOutcome.SEVERAL if word.is_several else WordOutcome.NOT_UNDERSTOOD
    found = product.colour_family
    if found is None:
        return WordOutcome.ABSTAINED
    if found in word.parts[0].families or (found == MULTI and _lists_all(word, product)):
        return WordOutcome.AGREES
    listed = frozenset[str]().union(*(part.families for part in word.parts))
    return (
        WordOutcome.EITHER
        if listed & {found, product.colour_family_second}
        else (WordOutcome.DIFFERS)
    )


def _lists_all(word: ReadName, product: AnsweredProduct) -> bool:
    families = {shade.family for shade in main_shades(product.shades)}
    return len(word.parts) > 1 and all(part.families & families for part in word.parts)
