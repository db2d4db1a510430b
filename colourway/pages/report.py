"""Report: one HTML file, complete in itself, that shows what became of every picture."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from colourway.pages.comparison import Comparison, Verdict, compare_all, sum_up
from colourway.pages.debug_pictures import (
    PANELS,
    DebugPictures,
    what_is_measured,
)
from colourway.pages.page import write_page
from colourway.pages.swatches import Swatch, family_colours, swatch
from colourway.pages.thumbnail import thumbnail_uri
from colourway.picture_report import Outcome, Summary
from shared.catalogue.product_answer import PictureFinding
from shared.contracts.jobs import JobState
from shared.contracts.results import Region, Shade
from shared.contracts.stages import Stage
from shared.contracts.warnings import MEANINGS
from shared.errors import StorageError
from shared.redaction import show_url
from shared.storage.storage import Storage

if TYPE_CHECKING:
    from colourway.pages.shop_words import ShopWords
    from shared.colour.naming import Naming

CAPTIONS: Final = {
    "measured": "Measured",
    "original": "Picture",
    "segments": "Regions",
    "cutout": "Cut-out",
    "thumbnail": "Crop",
}
GROUPS: Final = {
    JobState.DONE: "enriched",
    JobState.NO_PERSON: "no_person",
    JobState.FAILED: "failed",
    JobState.QUARANTINED: "failed",
}
"""Which of the report's filters a state belongs to; any other state is `waiting`."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the report says about the run; ``seconds`` is the time it took."""

    catalogue: str
    feed: str
    finished_at: datetime
    seconds: float
    processed: int


@dataclass(frozen=True, slots=True)
class Chip:
    """A word on a card; ``meaning`` says what it means, and ``is_warning`` that it is a doubt."""

    word: str
    meaning: str
    is_warning: bool = False


@dataclass(frozen=True, slots=True)
class PictureCard:
    """One picture on the report. Times are milliseconds.

    ``main`` is the colour that the picture answers with, and ``word`` holds those that the shop's
    own word stands for.
    """

    outcome: Outcome
    group: str
    shown_url: str
    panels: tuple[tuple[str, str], ...]
    main: Shade | None
    word: tuple[str, ...]
    chips: tuple[Chip, ...]
    swatches: Mapping[Region, tuple[Swatch, ...]]
    comparisons: tuple[Comparison, ...]
    stages: tuple[tuple[str, float, float], ...]
    total_ms: float

    @property
    def worst_delta_e(self) -> float:
        """ΔE2000 of the clothes against what was expected; 0 where nothing was."""
        return max(
            (c.delta_e or 0.0 for c in self.comparisons if c.region is Region.CLOTHES), default=0.0
        )


def write_report(
    path: Path,
    facts: RunFacts,
    summary: Summary,
    outcomes: Iterable[Outcome],
    *,
    debug_pictures: DebugPictures,
    storage: Storage,
    words: "ShopWords",
    expected: Mapping[str, Mapping[Region, str]] | None = None,
) -> None:
    """Write the complete report to ``path``, or nothing.

    ``expected`` maps a sku to the hex colour known for each region, for pictures that were drawn.
    """
    cards = [
        make_card(outcome, debug_pictures, storage, words, (expected or {}).get(outcome.sku, {}))
        for outcome in outcomes
    ]
    values: dict[str, object] = {
        "facts": facts,
        "summary": summary,
        "cards": cards,
        "families": _families(summary, words.naming),
        "stage_times": stage_times(cards),
        "verdicts": _verdicts(cards),
        "captions": CAPTIONS,
        "people": (Region.SKIN, Region.HAIR),
        "clothes": Region.CLOTHES,
        "groups": _group_counts(summary),
        "packshots": summary.subjects.get("packshot", 0),
    }
    write_page(path, "report.html.j2", values)


def make_card(
    outcome: Outcome,
    debug_pictures: DebugPictures,
    storage: Storage,
    words: "ShopWords",
    expected: Mapping[Region, str],
) -> PictureCard:
    """Gather what the report shows of one picture."""
    done = outcome.state is JobState.DONE
    found = outcome.finding if done else None
    total = sum(outcome.timings_ms.values())
    stages = tuple(
        (stage.value, ms, 100 * ms / total)
        for stage in Stage
        if (ms := outcome.timings_ms.get(stage.value, 0.0)) > 0
    )
    return PictureCard(
        outcome=outcome,
        group=GROUPS.get(outcome.state, "waiting"),
        shown_url=show_url(outcome.url),
        panels=_panels(outcome, debug_pictures, storage) if done else (),
        main=found.colour if found else None,
        word=words.hexes(outcome.merchant_colour),
        chips=chips(found) if found else (),
        swatches={r: tuple(map(swatch, outcome.shades.get(r, ()))) for r in Region if done},
        comparisons=compare_all(expected, outcome.shades, words.naming) if done else (),
        stages=stages,
        total_ms=total,
    )


def chips(found: PictureFinding) -> tuple[Chip, ...]:
    """Return what else is said of a picture's colours, the warnings last."""
    said: list[Chip] = []
    if found.family is not None:
        said.append(Chip(found.family, "the family that a filter of the shop would have"))
    if found.family_second is not None:
        said.append(Chip(f"or {found.family_second}", "people would say either family"))
    if found.pattern is not None:
        said.append(Chip(found.pattern.value, "the pattern of the cloth"))
    if found.colour is not None:
        worn = found.piece or ("product alone" if found.subject == "packshot" else "whole outfit")
        said.append(Chip(worn, "what the colours are of"))
    doubts = (
        Chip(w.replace("_", " "), MEANINGS.get(w, ""), is_warning=True) for w in found.warnings
    )
    return (*said, *doubts)


def stage_times(cards: Iterable[PictureCard]) -> tuple[tuple[str, float, float], ...]:
    """Stage, median and largest milliseconds over the cards, in the order of the pipeline."""
    times: dict[str, list[float]] = {stage.value: [] for stage in Stage}
    for card in cards:
        for stage, ms, _ in card.stages:
            times[stage].append(ms)
    return tuple((stage, median(ms), max(ms)) for stage, ms in times.items() if ms)


def _panels(
    outcome: Outcome, debug_pictures: DebugPictures, storage: Storage
) -> tuple[tuple[str, str], ...]:
    """The pictures of a card; without debug pictures, the stored thumbnail or cut-out, small."""
    if outcome.sha256 and outcome.finding:
        measured = what_is_measured(outcome.finding.piece, outcome.finding.shades)
        drawn = debug_pictures.read(outcome.sha256, measured)
        if drawn:
            return tuple((panel, drawn[panel]) for panel in PANELS if panel in drawn)
    key = outcome.thumbnail_key or outcome.cutout_key
    with suppress(StorageError):  # deleted since; the figures are still true
        if key is not None:
            return (
                ("thumbnail" if outcome.thumbnail_key else "cutout", thumbnail_uri(storage, key)),
            )
    return ()


def _verdicts(cards: Iterable[PictureCard]) -> tuple[Verdict, ...]:
    return sum_up(comparison for card in cards for comparison in card.comparisons)


def _families(summary: Summary, naming: "Naming") -> tuple[tuple[str, int, float, str, str], ...]:
    """Family, products, percent, its colour and an ink for it; the largest first."""
    whole = max(sum(summary.families.values()), 1)
    typical = family_colours(naming)
    rows: list[tuple[str, int, float, str, str]] = []
    for family, count in summary.families.items():
        colour = typical.get(family, "#888888")
        bright = sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) > 390
        rows.append((family, count, 100 * count / whole, colour, "#111" if bright else "#fff"))
    return tuple(rows)


def _group_counts(summary: Summary) -> dict[str, int]:
    counts = {"enriched": 0, "no_person": 0, "failed": 0, "waiting": 0}
    for state, count in summary.states.items():
        counts[GROUPS.get(state, "waiting")] += count
    return counts
