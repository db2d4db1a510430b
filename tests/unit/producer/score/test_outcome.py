"""What becomes of a word beside an answer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from producer.audit.colour_name import read_name
from producer.audit.lexicon import Lexicon
from producer.catalogue.reader import AnsweredProduct
from producer.score.outcome import IN_WORDS, WordOutcome, outcome_of
from shared.colour.naming import Naming
from shared.contracts.results import MULTI, Shade

LEXICON = Lexicon.load(Naming.load())
SHADES = tuple(
    Shade(code, (0.0, 0.0, 0.0), share, family, family)
    for code, share, family in (
        ("#1b2444", 0.4, "navy"),
        ("#ffffff", 0.35, "white"),
        ("#c6202b", 0.25, "red"),
    )
)
ANSWER = AnsweredProduct(
    **dict.fromkeys(
        ("title", "category", "item_group", "merchant_colour", "colour_family_second", "pattern")
    ),
    **dict.fromkeys(("crop_key", "cutout_key", "thumbnail_key", "provenance")),
    id=1,
    catalogue_id=1,
    catalogue="shop",
    sku="A",
    colour_family="navy",
    piece="top",
    warnings=(),
    confidence=0.9,
    enriched_at=datetime(2026, 11, 24, tzinfo=UTC),
    shades=SHADES,
    urls=(),
    subject="person",
)


def judged(word: str | None, **columns: object) -> WordOutcome:
    read = None if word is None else read_name(word, LEXICON)
    return outcome_of(read, replace(ANSWER, **columns))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("word", "found", "second", "expected"),
    [
        ("Navy", "navy", None, WordOutcome.AGREES),
        ("marineblau", "navy", "black", WordOutcome.AGREES),
        ("Navy", "black", "navy", WordOutcome.EITHER),
        ("Navy", "black", None, WordOutcome.DIFFERS),
        ("Khaki", "green", None, WordOutcome.AGREES),
        ("Burgundy", "green", "turquoise", WordOutcome.DIFFERS),
        ("Navy/White", "navy", None, WordOutcome.AGREES),
        ("Navy/White", "white", None, WordOutcome.EITHER),
        ("Navy/White", "grey", "white", WordOutcome.EITHER),
        ("Navy/White", "red", None, WordOutcome.DIFFERS),
        ("Navy/White", MULTI, None, WordOutcome.AGREES),
        ("Navy/Green", MULTI, None, WordOutcome.DIFFERS),
        ("Navy", MULTI, None, WordOutcome.DIFFERS),
        ("Navy", None, None, WordOutcome.ABSTAINED),
        ("Multi", MULTI, None, WordOutcome.SEVERAL),
        ("Leopard", "brown", None, WordOutcome.SEVERAL),
        ("Moonlight", "grey", None, WordOutcome.NOT_UNDERSTOOD),
        ("Moonlight", None, None, WordOutcome.NOT_UNDERSTOOD),
        (None, "grey", None, WordOutcome.NO_WORD),
    ],
)
def test_a_word_beside_an_answer(
    word: str | None, found: str | None, second: str | None, expected: WordOutcome
) -> None:
    assert judged(word, colour_family=found, colour_family_second=second) is expected


def test_without_a_result_nothing_is_judged() -> None:
    assert judged("Navy", enriched_at=None, colour_family=None) is WordOutcome.NO_RESULT
    assert outcome_of(read_name("Navy", LEXICON), None) is WordOutcome.NO_RESULT


def test_every_outcome_is_told_in_words() -> None:
    assert set(IN_WORDS) == set(WordOutcome)
