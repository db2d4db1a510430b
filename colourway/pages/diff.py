"""A diff as a page: products by change of family, with swatches and crops before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from colourway.pages.page import write_page
from colourway.pages.swatches import Swatch, family_colours, swatch
from colourway.pages.thumbnail import thumbnail_uri
from producer.staged.changes import Change, ChangeExample, Changes, Pair
from producer.staged.diff import Diff
from producer.staged.report import NONE, WORDS, disagreements, moves, state_of
from shared.catalogue.product_answer import Answer
from shared.contracts.results import Region
from shared.errors import KeyNotFound
from shared.storage.storage import Storage

if TYPE_CHECKING:
    from shared.colour.naming import Naming

MOST_MOVES: Final = 24
"""How many pairs of families are shown with products; more are too much for a browser."""

_OTHERS: Final = (Change.SHADE, Change.FAILED)
"""The changes shown after the moves: products that stay in their family."""

_UNKNOWN: Final = "#888888"


@dataclass(frozen=True, slots=True)
class ProductSide:
    """A product on one side of the diff; ``picture`` is the crop as a data URI, if it is there."""

    swatches: tuple[Swatch, ...]
    percent: int
    picture: str | None


@dataclass(frozen=True, slots=True)
class ProductCard:
    """One product before and after; ``delta_e`` is CIEDE2000 between both colours."""

    example: ChangeExample
    before: ProductSide | None
    after: ProductSide | None
    delta_e: float | None


@dataclass(frozen=True, slots=True)
class ChangeSection:
    """The products of one kind of change; ``percent`` is their part of all that are shown."""

    anchor: str
    change: Change
    before: str
    after: str
    hexes: tuple[str, str]
    count: int
    percent: float
    cards: tuple[ProductCard, ...]


def write_diff(path: Path, found: Diff, storage: Storage, naming: "Naming") -> None:
    """Write the complete page to ``path``, or nothing.

    A crop that is no longer stored is left out. Raises :class:`~shared.errors.StorageError` where
    the storage fails, and ColourwayError where the file cannot be written.
    """
    sections = _Sections(found, storage, family_colours(naming))
    against = _Sections(found.decided, storage, family_colours(naming), "people-")
    shown = moves(found)
    values: dict[str, object] = {
        "found": found,
        "state": state_of(found),
        "written_at": datetime.now(UTC),
        "words": WORDS,
        "change": Change,
        "none": NONE,
        "moves": sections.of(shown[:MOST_MOVES]),
        "hidden": len(shown) - len(shown[:MOST_MOVES]),
        "others": sections.of(_others(found)),
        "decided": found.decided.products.total(),
        "disagree": disagreements(found),
        "against": against.of(moves(found.decided)[:MOST_MOVES]),
        "overtaken": found.overtaken + found.superseded,
    }
    write_page(path, "diff.html.j2", values)


@dataclass(frozen=True, slots=True)
class _Sections:
    found: Changes
    storage: Storage
    colours: Mapping[str, str]
    prefix: str = ""

    def of(self, pairs: Iterable[tuple[Pair, int]]) -> list[ChangeSection]:
        """Return a section for each pair, with its examples."""
        counted = list(pairs)
        most = max((count for _, count in counted), default=1)
        return [self._section(pair, count, 100 * count / most) for pair, count in counted]

    def _section(self, pair: Pair, count: int, percent: float) -> ChangeSection:
        words = [NONE if family is None else family for family in (pair.before, pair.after)]
        hexes = [self.colours.get(family or "", _UNKNOWN) for family in (pair.before, pair.after)]
        return ChangeSection(
            anchor=self.prefix + "-".join((pair.change.value, *words)).replace(" ", "-"),
            change=pair.change,
            before=words[0],
            after=words[1],
            hexes=(hexes[0], hexes[1]),
            count=count,
            percent=percent,
            cards=tuple(self._card(each) for each in self.found.examples.get(pair, ())),
        )

    def _card(self, example: ChangeExample) -> ProductCard:
        from shared.colour.cielab import delta_e2000  # noqa: PLC0415 - needs NumPy

        colours = [each.colour if each else None for each in (example.before, example.after)]
        delta_e = None
        if colours[0] is not None and colours[1] is not None:
            delta_e = float(delta_e2000(colours[0].lab, colours[1].lab))
        return ProductCard(example, self._side(example.before), self._side(example.after), delta_e)

    def _side(self, answer: Answer | None) -> ProductSide | None:
        if answer is None:
            return None
        swatches = tuple(swatch(shade) for shade in answer.shades(Region.CLOTHES))
        try:
            picture = thumbnail_uri(self.storage, answer.main.keys.shown)
        except KeyNotFound:
            picture = None  # deleted since; the colours are still true
        return ProductSide(swatches, round(100 * answer.confidence), picture)


def _others(found: Diff) -> list[tuple[Pair, int]]:
    """Return the pairs of products that stay in their family, the most frequent first."""
    return [
        (pair, count)
        for change in _OTHERS
        for pair, count in found.pairs.most_common()
        if pair.change is change and found.examples.get(pair)
    ]
