"""Counting scored products: agreement, bins of confidence, the calibration error, cells."""

from collections.abc import Generator

import pytest

from producer.score.calibration import calibration_error
from producer.score.outcome import WordOutcome
from producer.score.proportion import Proportion
from producer.score.scored_product import ScoredProduct
from producer.score.spool import AgreementRow, ConfidenceBin, ConfusionCell, ScoreSpool

AGREES, EITHER, DIFFERS = WordOutcome.AGREES, WordOutcome.EITHER, WordOutcome.DIFFERS
SEVERAL, UNKNOWN = WordOutcome.SEVERAL, WordOutcome.NOT_UNDERSTOOD


def scored(
    sku: str,
    outcome: WordOutcome,
    word: str | None,
    family: str | None,
    confidence: float | None = None,
    *,
    piece: str | None = None,
    sureness: float | None = None,
) -> ScoredProduct:
    return ScoredProduct(
        sku,
        outcome,
        word=word,
        family=family,
        confidence=confidence,
        piece=piece,
        sureness=sureness,
        means=("navy",),
    )


PRODUCTS = [
    scored("A", AGREES, "Navy", "navy", 0.95, piece="top"),
    scored("B", AGREES, "navy ", "navy", 0.97, piece="top"),
    scored("C", DIFFERS, "NAVY", "black", 0.91, piece="shoes", sureness=0.4),
    scored("D", EITHER, "Red", "pink", 0.62),
    scored("E", DIFFERS, "Red", "green", 1.0, piece="top", sureness=0.8),
    scored("F", DIFFERS, "Navy/White", "red", 0.0),
    scored("G", SEVERAL, "Multi", "multi", 0.9),
    scored("H", UNKNOWN, "Moonlight", "grey", 0.9),
    scored("I", UNKNOWN, "moonlight", None),
    scored("J", WordOutcome.ABSTAINED, "Navy", None),
    scored("K", WordOutcome.NO_WORD, None, "navy", 0.9),
    scored("L", WordOutcome.NO_RESULT, "Navy", None),
]


@pytest.fixture
def spool() -> Generator[ScoreSpool]:
    with ScoreSpool() as made:
        made.keep(PRODUCTS)
        made.keep([scored("A", DIFFERS, "Red", "green")])  # a feed may name a sku again
        yield made


def row(name: str, strict: int, either: int, of: int) -> AgreementRow:
    return AgreementRow(name, Proportion(strict, of), Proportion(either, of))


def test_only_compared_words_count(spool: ScoreSpool) -> None:
    assert spool.agreement() == row("", 2, 3, 6)
    assert spool.agreement(0.9) == row("", 2, 2, 4)
    assert spool.agreement(1.1) == row("", 0, 0, 0)
    assert sum(spool.outcomes().values()) == 12
    assert spool.outcomes()[DIFFERS] == 3


def test_by_piece_and_by_word(spool: ScoreSpool) -> None:
    assert spool.pieces() == [row("top", 2, 2, 3), row("", 0, 1, 2), row("shoes", 0, 0, 1)]
    words = [row("Navy", 2, 2, 3), row("Red", 0, 1, 2), row("Navy/White", 0, 0, 1)]
    assert spool.words(9) == words
    assert spool.words(1) == words[:1]
    assert spool.words_of(UNKNOWN, 9) == [("Moonlight", 2)]


def test_confidence_in_tenths(spool: ScoreSpool) -> None:
    places = [(each.place, each.strict) for each in spool.bins()]
    assert places == [(0, Proportion(0, 1)), (6, Proportion(0, 1)), (9, Proportion(2, 4))]
    assert spool.bins()[2].mean == pytest.approx((0.95 + 0.97 + 0.91 + 1.0) / 4)


def test_the_calibration_error_by_hand(spool: ScoreSpool) -> None:
    # One answer at 0.00 and one at 0.62 that are wrong, and four at 0.9575 of which two are right.
    assert calibration_error(spool.bins()) == pytest.approx((0 + 0.62 + 4 * 0.4575) / 6)
    assert calibration_error([]) is None
    assert calibration_error([ConfidenceBin(7, 0.75, Proportion(3, 4))]) == 0


def test_the_table_of_words_and_families(spool: ScoreSpool) -> None:
    assert list(spool.cells()) == [
        ConfusionCell("Moonlight", "grey", 1, UNKNOWN),
        ConfusionCell("Multi", "multi", 1, SEVERAL),
        ConfusionCell("Navy", "black", 1, DIFFERS),
        ConfusionCell("Navy", "navy", 2, AGREES),
        ConfusionCell("Navy/White", "red", 1, DIFFERS),
        ConfusionCell("Red", "green", 1, DIFFERS),
        ConfusionCell("Red", "pink", 1, EITHER),
    ]


def test_what_stands_behind_a_cell_and_what_is_likely_wrong(spool: ScoreSpool) -> None:
    assert [each.sku for each in spool.examples("NAVY", "navy", 9)] == ["B", "A"]
    assert [each.sku for each in spool.examples("Navy", "navy", 1)] == ["B"]
    assert [each.sku for each in spool.likely_wrong(9)] == ["E", "C"]
    assert list(spool.products()) == PRODUCTS
