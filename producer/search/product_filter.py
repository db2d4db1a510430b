"""A filter of products: what the pages, the API and review queues narrow a catalogue by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Self

from sqlalchemy import ColumnElement, and_, cast, false, func, literal, literal_column
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute

from producer.score.outcome import WordOutcome
from producer.search.rows import BITS, short_text
from producer.search.words import asked_words
from shared.catalogue.kinds import WHOLE, Piece
from shared.contracts.results import Pattern
from shared.contracts.unknown_words import no_such
from shared.database.search_rows import SearchRow
from shared.errors import SettingsError

PIECES: Final = (*(piece.value for piece in Piece), WHOLE.value)
ANY: Final = "any"
"""As a warning: any of them."""

NOT_STORED: Final = "placeholder"
WARNINGS: Final = (ANY, *(word for word in BITS if word != NOT_STORED))


@dataclass(frozen=True, slots=True)
class ProductFilter:
    """Which products are wanted: those of which everything given here is true.

    ``text`` are beginnings of words of the sku and the title. ``min_confidence`` is included and
    ``max_confidence`` is not. ``word`` is the shop's word, letter by letter; ``mismatch`` is True
    where the found family is none that it may mean.
    """

    text: str = ""
    catalogue_id: int | None = None
    category: str | None = None
    family: str | None = None
    family_second: str | None = None
    piece: str | None = None
    pattern: str | None = None
    warning: str | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    changed_since: datetime | None = None
    word: str | None = None
    mismatch: bool = False

    def checked(self) -> Self:
        """Return the filter. Raises SettingsError, which names what is known, for a wrong word."""
        for what, value, known in (
            ("piece", self.piece, PIECES),
            ("pattern", self.pattern, [each.value for each in Pattern]),
            ("warning", self.warning, WARNINGS),
        ):
            if value is not None and value not in known:
                raise SettingsError(f"{what}: {no_such(value, known)}")
        for name in ("min_confidence", "max_confidence"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= 1:
                raise SettingsError(f"{name.replace('_', ' ')}: from 0 to 1, not {value:g}")
        return self

    @property
    def is_empty(self) -> bool:
        """Whether every product is wanted."""
        return not self.given()

    def given(self) -> Mapping[str, Any]:
        """Return what is given, by its name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in values.items() if value not in (None, "", False)}

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what the database checks, but for words."""
        found = list(self._equal())
        if self.warning:
            masks = range(1, 1 << len(BITS))
            wanted = [n for n in masks if self.warning == ANY or n & BITS[self.warning]]
            # Not by the bit: an index knows the numbers that have it.
            found.append(and_(SearchRow.warnings != literal(0), SearchRow.warnings.in_(wanted)))
        if self.min_confidence is not None:
            found.append(SearchRow.confidence >= self.min_confidence)
        if self.max_confidence is not None:
            found.append(SearchRow.confidence < self.max_confidence)
        if self.changed_since is not None:
            found.append(SearchRow.changed_at >= self.changed_since)
        if self.mismatch:
            # Not as a parameter: the planner must see that a partial index holds these rows.
            differs: ColumnElement[str] = literal_column(f"'{WordOutcome.DIFFERS.value}'")
            found.append(SearchRow.outcome == differs)
        return found

    def words(self, *, on_postgres: bool) -> list[ColumnElement[bool]]:
        """Return that a product has words that begin so, if any are asked for.

        Nothing is found where none can be read.
        """
        if not self.text.strip():
            return []
        asked = asked_words(self.text)
        if not asked:
            return [false()]
        if on_postgres:
            return [have_words(SearchRow.words, asked)]
        return [func.instr(SearchRow.words, f" {word}") > 0 for word in asked]

    def _equal(self) -> Iterator[ColumnElement[bool]]:
        for column, value in (
            (SearchRow.catalogue_id, self.catalogue_id),
            (SearchRow.category, short_text(self.category)),
            (SearchRow.family, self.family),
            (SearchRow.family_second, self.family_second),
            (SearchRow.piece, self.piece),
            (SearchRow.pattern, self.pattern),
            (SearchRow.word, short_text(self.word)),
        ):
            if value not in (None, ""):
                yield column == value


def have_words(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], asked: Sequence[str]
) -> ColumnElement[bool]:
    """Return that PostgreSQL's words of a product begin with each of those that are asked for."""
    query = " & ".join(f"'{word}':*" for word in asked)
    return column.op("@@")(cast(query, TSQUERY))
