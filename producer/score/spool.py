"""Scored products: on disk, so that a catalogue of any length fits in memory, and counted there."""

import json
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from producer.score.outcome import JUDGED, WordOutcome
from producer.score.proportion import Proportion
from producer.score.scored_product import ScoredProduct
from shared.database.temporary import TemporaryDatabase

BINS: Final = 10
"""Into how many parts confidence is divided."""


class AgreementRow(NamedTuple):
    """How often words agree: of one piece, one word, or of all where ``name`` is empty."""

    name: str
    strict: Proportion
    either: Proportion


class ConfidenceBin(NamedTuple):
    """Compared answers whose confidence lies in one tenth of 0..1; ``mean`` is theirs."""

    place: int
    mean: float
    strict: Proportion


class ConfusionCell(NamedTuple):
    """Products that bear one word and were found to be of one family; ``outcome`` is most's."""

    word: str
    family: str
    products: int
    outcome: WordOutcome


class ScoreSpool(TemporaryDatabase):
    """Keeps scored products, each sku once: what a feed says first counts.

    Words are one whatever their capitals and blanks, and are told as the feed first spells them.
    """

    def __init__(self) -> None:
        super().__init__(
            "CREATE TABLE words (key TEXT PRIMARY KEY, word TEXT) WITHOUT ROWID",
            "CREATE TABLE products (sku TEXT PRIMARY KEY, outcome TEXT, key TEXT, piece TEXT,"
            " family TEXT, confidence REAL, sureness REAL, body TEXT)",
            "CREATE INDEX cells ON products (key, family)",
            "CREATE VIEW judged AS SELECT *, outcome = 'agrees' AS strict,"
            " outcome <> 'differs' AS by_either FROM products JOIN words USING (key)"
            " WHERE outcome IN ('agrees', 'either', 'differs')",
        )

    def keep(self, products: Iterable[ScoredProduct]) -> None:
        """Keep products; those whose sku is kept already are passed over."""
        found = list(products)
        self._write(
            "INSERT OR IGNORE INTO words VALUES (?, ?)",
            ((_key(each.word), each.word) for each in found if each.word is not None),
        )
        self._write(
            "INSERT OR IGNORE INTO products VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    *(each.sku, each.outcome, _key(each.word), each.piece, each.family),
                    *(each.confidence, each.sureness, json.dumps(each.to_json())),
                )
                for each in found
            ),
        )

    def outcomes(self) -> dict[WordOutcome, int]:
        """Return how many products there are of each outcome, in a fixed order."""
        query = "SELECT outcome, COUNT(*) FROM products GROUP BY outcome"
        found = dict(self._database.execute(query))
        return {outcome: found.get(outcome, 0) for outcome in WordOutcome}

    def agreement(self, least_confidence: float = 0.0) -> AgreementRow:
        """Return how often the words agree, of compared answers that are so confident at least."""
        query = (
            "SELECT '', COUNT(*), IFNULL(SUM(strict), 0), IFNULL(SUM(by_either), 0) FROM judged"
            " WHERE IFNULL(confidence, 0) >= ?"
        )
        return _row(self._database.execute(query, (least_confidence,)).fetchone())

    def pieces(self) -> list[AgreementRow]:
        """Return the agreement of each piece, the most frequent first."""
        query = (
            "SELECT IFNULL(piece, ''), COUNT(*), SUM(strict), SUM(by_either) FROM judged"
            " GROUP BY piece ORDER BY COUNT(*) DESC, piece"
        )
        return list(map(_row, self._database.execute(query)))

    def words(self, limit: int) -> list[AgreementRow]:
        """Return the agreement of each word, the most frequent first."""
        query = (
            "SELECT word, COUNT(*), SUM(strict), SUM(by_either) FROM judged"
            " GROUP BY key ORDER BY COUNT(*) DESC, key LIMIT ?"
        )
        return list(map(_row, self._database.execute(query, (limit,))))

    def bins(self) -> list[ConfidenceBin]:
        """Return the tenths of confidence in which there are compared answers, in order."""
        query = (
            "SELECT MIN(CAST(confidence * ? AS INTEGER), ?) AS place, AVG(confidence), COUNT(*),"
            " SUM(strict) FROM judged WHERE confidence IS NOT NULL GROUP BY place ORDER BY place"
        )
        return [
            ConfidenceBin(place, mean, Proportion(strict, count))
            for place, mean, count, strict in self._database.execute(query, (BINS, BINS - 1))
        ]

    def cells(self) -> Iterator[ConfusionCell]:
        """Yield the table of words and found families, without its empty cells."""
        query = (
            "SELECT word, family, COUNT(*), SUM(outcome = 'agrees'), SUM(outcome = 'either'),"
            " SUM(outcome = 'differs'), MIN(outcome) FROM products"
            " JOIN words USING (key) WHERE family IS NOT NULL GROUP BY key, family"
            " ORDER BY key, family"
        )
        for word, family, count, *judged, outcome in self._database.execute(query):
            most = JUDGED[judged.index(max(judged))] if any(judged) else WordOutcome(outcome)
            yield ConfusionCell(word, family, count, most)

    def products(self) -> Iterator[ScoredProduct]:
        """Yield all products, by their sku."""
        yield from _read(self._database.execute("SELECT body FROM products ORDER BY sku"))

    def examples(self, word: str, family: str, limit: int) -> list[ScoredProduct]:
        """Return products of one cell, those that say most of it first."""
        query = (
            "SELECT body FROM products WHERE key = ? AND family = ?"
            " ORDER BY sureness DESC, confidence DESC, sku LIMIT ?"
        )
        return list(_read(self._database.execute(query, (_key(word), family, limit))))

    def likely_wrong(self, limit: int) -> list[ScoredProduct]:
        """Return those whose words are findings of the audit, the surest first."""
        query = (
            "SELECT body FROM products WHERE sureness IS NOT NULL"
            " ORDER BY sureness DESC, sku LIMIT ?"
        )
        return list(_read(self._database.execute(query, (limit,))))

    def words_of(self, outcome: WordOutcome, limit: int) -> list[tuple[str, int]]:
        """Return the words of an outcome and of how many products, the most frequent first."""
        query = (
            "SELECT word, COUNT(*) FROM products JOIN words USING (key) WHERE outcome = ?"
            " GROUP BY key ORDER BY COUNT(*) DESC, key LIMIT ?"
        )
        return self._database.execute(query, (outcome, limit)).fetchall()


def _row(found: tuple[str, int, int, int]) -> AgreementRow:
    name, count, strict, either = found
    return AgreementRow(name, Proportion(strict, count), Proportion(either, count))


def _read(rows: Iterable[tuple[str]]) -> Iterator[ScoredProduct]:
    return (ScoredProduct.from_json(json.loads(body)) for (body,) in rows)


def _key(word: str | None) -> str | None:
    # Not without its marks: Navy/White lists two colours, and navy white does not.
    return None if word is None else " ".join(word.casefold().split())
