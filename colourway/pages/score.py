"""A score as a page: figures, the confusion of words and families, and the pictures behind it."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colourway.pages.page import write_page
from colourway.pages.swatches import family_colours
from colourway.pages.thumbnail import thumbnail_uri
from producer.score.outcome import IN_WORDS, WordOutcome
from producer.score.report import CONFIDENT, ScoreFigures
from producer.score.scored_product import ScoredProduct
from producer.score.spool import BINS, ConfusionCell, ScoreSpool
from shared.contracts.results import MULTI
from shared.errors import KeyNotFound
from shared.storage.storage import Storage

if TYPE_CHECKING:
    from shared.colour.naming import Naming

MOST_WORDS: Final = 60
"""How many words the confusion shows, the most frequent ones; score.csv has all."""

MOST_PICTURES: Final = 800
"""The most pictures on a page: more would make it slow to open."""


@dataclass(frozen=True, slots=True)
class ScoreFacts:
    """What is scored, and how much is shown: pictures for each cell, and likely wrong words."""

    feed: str
    catalogue: str
    examples: int
    wrong: int


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """A product as it is shown; ``picture`` is its crop as a data URI, None where there is none.

    ``link`` is the picture's URL, if a browser can open it.
    """

    product: ScoredProduct
    picture: str | None
    link: str | None


@dataclass(frozen=True, slots=True)
class ConfusionRow:
    """A word, what it means, and the cells of the families that were found for it."""

    word: str
    means: tuple[str, ...]
    word_hex: str | None
    count: int
    cells: Mapping[str, ConfusionCell]
    cards: Mapping[str, tuple[ScoreCard, ...]]


@dataclass(slots=True)
class _Crops:
    """Reads crops from the storage, until there are enough of them."""

    storage: Storage
    left: int = MOST_PICTURES
    _read: dict[str, str] = field(default_factory=dict[str, str])

    def card(self, product: ScoredProduct) -> ScoreCard:
        url = product.url
        link = url if url is not None and url.startswith(("http://", "https://")) else None
        return ScoreCard(product, self._picture(product.thumbnail_key), link)

    def _picture(self, key: str | None) -> str | None:
        if key is None or (key not in self._read and not self.left):
            return None
        if key not in self._read:
            with suppress(KeyNotFound):  # deleted since; the colours are still true
                self._read[key] = thumbnail_uri(self.storage, key)
                self.left -= 1
        return self._read.get(key)


def write_score(
    path: Path,
    facts: ScoreFacts,
    figures: ScoreFigures,
    spool: ScoreSpool,
    *,
    storage: Storage,
    naming: "Naming",
) -> None:
    """Write the complete page to ``path``, or nothing.

    A crop that is no longer stored is left out. Raises :class:`~shared.errors.StorageError` where
    the storage fails, and ColourwayError where the file cannot be written.
    """
    crops = _Crops(storage)
    wrong = [crops.card(each) for each in spool.likely_wrong(facts.wrong)]
    cells = list(spool.cells())
    order = [*naming.families, MULTI]
    found = {each.family for each in cells}
    families = [*(each for each in order if each in found), *sorted(found - {*order})]
    rows = _rows(cells, spool, facts.examples, crops, order)
    values: dict[str, object] = {
        "facts": facts,
        "figures": figures,
        "outcome": WordOutcome,
        "in_words": IN_WORDS,
        "confident": CONFIDENT,
        "bins": BINS,
        "families": families,
        "places": {family: place for place, family in enumerate(families, 1)},
        "swatches": {row.word: row.word_hex for row in rows},
        "typical": family_colours(naming),
        "rows": rows,
        "more_words": len({each.word for each in cells}) - len(rows),
        "wrong": wrong,
        "written_at": datetime.now(UTC),
    }
    write_page(path, "score.html.j2", values)


def _rows(
    cells: Iterable[ConfusionCell],
    spool: ScoreSpool,
    examples: int,
    crops: _Crops,
    order: list[str],
) -> list[ConfusionRow]:
    """Return the most frequent words, in the order of the families that they mean."""
    by_word: dict[str, dict[str, ConfusionCell]] = {}
    for cell in cells:
        by_word.setdefault(cell.word, {})[cell.family] = cell
    most = sorted(by_word.items(), key=lambda item: -_count(item[1]))[:MOST_WORDS]
    rows = [_row(word, ours, spool, examples, crops) for word, ours in most]
    places = {family: place for place, family in enumerate(order)}
    return sorted(
        rows,
        key=lambda row: (places.get(row.means[0], 99) if row.means else 100, -row.count, row.word),
    )


def _row(
    word: str, cells: dict[str, ConfusionCell], spool: ScoreSpool, examples: int, crops: _Crops
) -> ConfusionRow:
    cards: dict[str, tuple[ScoreCard, ...]] = {}
    first: ScoredProduct | None = None
    for family in cells:
        shown = spool.examples(word, family, max(examples, 1))
        first = first or shown[0]
        cards[family] = tuple(crops.card(each) for each in shown[:examples])
    means = first.means if first else ()
    return ConfusionRow(word, means, first.word_hex if first else None, _count(cells), cells, cards)


def _count(cells: Mapping[str, ConfusionCell]) -> int:
    return sum(each.products for each in cells.values())
