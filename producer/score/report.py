"""A score as text: for people on a console, as CSV for spreadsheets, as JSON for programs."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, BinaryIO, Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from producer.score.calibration import calibration_error
from producer.score.outcome import IN_WORDS, JUDGED, WordOutcome
from producer.score.proportion import Proportion
from producer.score.scored_product import ScoredProduct
from producer.score.spool import BINS, AgreementRow, ConfidenceBin, ConfusionCell, ScoreSpool
from shared.spreadsheet_cells import inert_row

CONFIDENT: Final = 0.9
"""From this confidence on an answer should hardly ever be wrong."""

MOST_WORDS_TOLD: Final = 200
"""Of how many words JSON tells, the most frequent first."""

COLUMNS: Final = (
    *("sku", "title", "category", "piece", "word", "means", "outcome", "family"),
    *("family_second", "colour_name", "colour_hex", "confidence", "sure", "delta_e2000"),
    *("image_url", "thumbnail"),
)


@dataclass(frozen=True, slots=True)
class ScoreFigures:
    """All figures of a score; ``sure`` are answers of ``min_confidence`` at least."""

    outcomes: dict[WordOutcome, int]
    min_confidence: float
    every: AgreementRow
    sure: AgreementRow
    confident: AgreementRow
    pieces: list[AgreementRow]
    words: list[AgreementRow]
    bins: list[ConfidenceBin]
    not_understood: list[tuple[str, int]]

    @classmethod
    def of(cls, spool: ScoreSpool, min_confidence: float) -> "ScoreFigures":
        """Count what a spool holds."""
        return cls(
            outcomes=spool.outcomes(),
            min_confidence=min_confidence,
            every=spool.agreement(),
            sure=spool.agreement(min_confidence),
            confident=spool.agreement(CONFIDENT),
            pieces=spool.pieces(),
            words=spool.words(MOST_WORDS_TOLD),
            bins=spool.bins(),
            not_understood=spool.words_of(WordOutcome.NOT_UNDERSTOOD, MOST_WORDS_TOLD),
        )

    @property
    def products(self) -> int:
        """How many products there are, of all outcomes."""
        return sum(self.outcomes.values())

    @property
    def understood(self) -> Proportion:
        """How many of the words of answered products are understood; prints are."""
        known = sum(self.outcomes[each] for each in (*JUDGED, WordOutcome.ABSTAINED))
        known += self.outcomes[WordOutcome.SEVERAL]
        return Proportion(known, known + self.outcomes[WordOutcome.NOT_UNDERSTOOD])

    @property
    def answered(self) -> Proportion:
        """How many of the words that mean a family met an answer that is sure enough."""
        asked = sum(self.outcomes[each] for each in (*JUDGED, WordOutcome.ABSTAINED))
        return Proportion(self.sure.strict.of, asked)

    @property
    def calibration_error(self) -> float | None:
        """Return the expected calibration error, 0..1."""
        return calibration_error(self.bins)


def as_json(
    figures: ScoreFigures, cells: Iterable[ConfusionCell], wrong: Iterable[ScoredProduct]
) -> dict[str, Any]:
    """Return a score as plain JSON values."""
    error = figures.calibration_error
    return {
        "products": figures.products,
        "outcomes": {outcome.value: count for outcome, count in figures.outcomes.items()},
        "strict": figures.every.strict.to_json(),
        "either": figures.every.either.to_json(),
        "min_confidence": figures.min_confidence,
        "sure": _agreement(figures.sure) | {"answered": figures.answered.to_json()},
        f"confidence_{CONFIDENT}": _agreement(figures.confident),
        "understood": figures.understood.to_json(),
        "calibration": {
            "expected_error": None if error is None else round(error, 4),
            "bins": [_bin(each) for each in figures.bins],
        },
        "pieces": [{"piece": row.name or None} | _agreement(row) for row in figures.pieces],
        "words": [{"word": row.name} | _agreement(row) for row in figures.words],
        "not_understood": dict(figures.not_understood),
        "confusion": [each._asdict() for each in cells],
        "likely_wrong": [each.to_json() for each in wrong],
    }


def print_score(
    figures: ScoreFigures, wrong: list[ScoredProduct], console: Console, shown: int
) -> None:
    """Print a score for people: the figures, the ``shown`` most frequent words, the wrong ones."""
    judged = figures.every.strict.of
    console.print(f"{figures.products:,} products, {judged:,} words compared", style="bold")
    table = Table(box=None, pad_edge=False, show_header=False)
    for told, part in (
        ("agree", figures.every.strict),
        ("agree by either family", figures.every.either),
        (f"agree, of those {figures.min_confidence:.0%} sure", figures.sure.strict),
        (f"agree, of those {CONFIDENT:.0%} sure", figures.confident.strict),
        ("words understood", figures.understood),
    ):
        table.add_row(told, *proportion_cells(part))
    console.print(table)
    if (error := figures.calibration_error) is not None:
        console.print(f"expected calibration error {error:.3f}", highlight=False)
    for outcome, count in figures.outcomes.items():
        if count and outcome not in JUDGED:
            console.print(f"{count:,} {outcome.value}: {IN_WORDS[outcome]}", highlight=False)
    for title, rows in (("piece", figures.pieces), ("word", figures.words[:shown])):
        if rows:
            console.print()
            console.print(_rows(title, rows))
    if wrong:
        console.print()
        console.print(_wrong(wrong))


def write_csv(
    file: BinaryIO,
    products: Iterable[ScoredProduct],
    min_confidence: float,
    link: Callable[[str], str],
) -> None:
    """Write every product as CSV with a header, UTF-8; ``link`` says where a key is found."""
    text = TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    rows = csv.writer(text, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for each in products:
        sure = (each.confidence or 0) >= min_confidence if each.family else None
        rows.writerow(
            inert_row(
                [
                    *(each.sku, each.title, each.category, each.piece, each.word),
                    *("|".join(each.means), each.outcome.value, each.family, each.family_second),
                    *(each.colour_name, each.colour_hex),
                    None if each.confidence is None else round(each.confidence, 4),
                    {None: None, True: "yes", False: "no"}[sure],
                    *(each.delta_e, each.url),
                    link(each.thumbnail_key) if each.thumbnail_key else None,
                ]
            )
        )
    text.detach()


def _agreement(row: AgreementRow) -> dict[str, Any]:
    return {"strict": row.strict.to_json(), "either": row.either.to_json()}


def _bin(each: ConfidenceBin) -> dict[str, Any]:
    ends = [each.place / BINS, (each.place + 1) / BINS]
    return {"from_to": ends, "mean": round(each.mean, 4), "strict": each.strict.to_json()}


def proportion_cells(part: Proportion) -> list[str]:
    """Return a proportion as three cells: the part, its 95 % interval, and both counts."""
    if part.value is None or part.interval is None:
        return ["–", "", ""]
    low, high = part.interval
    return [f"{part.value:.1%}", f"{low:.1%} to {high:.1%}", f"{part.hits:,} of {part.of:,}"]


def _rows(title: str, rows: Iterable[AgreementRow]) -> Table:
    table = Table(title, "products", "agree", "95 %", "by either", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        share, ends, _ = proportion_cells(row.strict)
        name = Text(row.name or "not known")
        table.add_row(name, f"{row.strict.of:,}", share, ends, proportion_cells(row.either)[0])
    return table


def _wrong(products: Iterable[ScoredProduct]) -> Table:
    table = Table("sku", "the shop says", "found", "sure", "ΔE", box=None, pad_edge=False)
    table.title, table.title_justify, table.title_style = "likeliest wrong words", "left", "bold"
    for each in products:
        found = Text.assemble(("██ ", each.colour_hex or ""), each.colour_name or "")
        said = Text.assemble(("██ ", each.word_hex or ""), each.word or "")
        far = f"{each.delta_e:.0f}" if each.delta_e is not None else ""
        table.add_row(Text(each.sku), said, found, f"{each.sureness or 0:.0%}", far)
    return table
