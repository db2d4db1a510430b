"""Changes of products' colours, counted by family, with some examples of each kind.

What is about to change many products (a staged batch, another table of names) is shown in these
terms first, and refused where too many products would change their family.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappush, heappushpop
from typing import NamedTuple, Self
from zlib import crc32

from shared.catalogue.product_answer import Answer
from shared.contracts.decisions import DecisionRecord
from shared.contracts.stages import Code
from shared.errors import ColourwayError


class TooManyChanges(ColourwayError):
    """More products would change their family than is allowed."""


class Change(StrEnum):
    """How a product changes."""

    UNCHANGED = "unchanged"
    SHADE = "shade"  # another colour, or another name of it, in the same family
    FAMILY = "family"
    ANSWERED = "answered"  # it had no colour, and gets one
    LOST = "lost"  # it had a colour, and no picture shows one any more
    FAILED = "failed"  # none of its jobs gave a result: it keeps what it has
    OVERTAKEN = "overtaken"  # its pictures have newer jobs or results: it keeps them


class Pair(NamedTuple):
    """A kind of change, and the families before and after; None is no colour."""

    change: Change
    before: str | None
    after: str | None


class Shown(NamedTuple):
    """The colour that a product shows."""

    hex: str
    name: str
    family: str

    @classmethod
    def of(cls, answer: Answer | None) -> Self | None:
        """Return an answer's, or None where it has no colour."""
        if answer is None or answer.colour is None or answer.family is None:
            return None
        return cls(answer.colour.hex, answer.colour.name, answer.family)


@dataclass(frozen=True, slots=True)
class ChangeExample:
    """One product that changes, as users see it; ``codes`` say why pictures have no result.

    ``decision`` is what a person said of it, where a batch is compared with that.
    """

    catalogue: str
    sku: str
    title: str | None
    category: str | None
    merchant_colour: str | None
    before: Answer | None
    after: Answer | None
    codes: tuple[Code, ...] = ()
    decision: DecisionRecord | None = None


class _Kept(NamedTuple):
    # Products come in the order in which they were added, and the first ones may be all of one
    # kind. So examples are chosen by a hash: at random, but the same ones every time.
    rank: int
    product_id: int
    example: ChangeExample


@dataclass(slots=True, kw_only=True)
class Changes:
    """How products change, in numbers, and examples of it.

    ``compared`` products have a colour and a result to compare it with; shares are of these.
    ``most_examples`` of each kind of change are kept.
    """

    products: Counter[Change] = field(default_factory=Counter[Change])
    compared: int = 0
    pairs: Counter[Pair] = field(default_factory=Counter[Pair])
    most_examples: int = 0
    _kept: dict[Pair, list[_Kept]] = field(default_factory=dict[Pair, list[_Kept]], repr=False)

    @property
    def changed(self) -> int:
        """How many products change their family, or lose their colour."""
        return self.products[Change.FAMILY] + self.products[Change.LOST]

    @property
    def changed_percent(self) -> float:
        """The same in percent of those compared; 0 where there are none."""
        return 100 * self.changed / self.compared if self.compared else 0.0

    def require_few(self, max_changed_percent: float, spared: int = 0) -> None:
        """Return where at most this share of the products changes its family.

        ``spared`` of those that would are left as they are. Raises :class:`TooManyChanges` where
        more do.
        """
        changed = self.changed - spared
        percent = 100 * changed / self.compared if self.compared else 0.0
        if percent > max_changed_percent:
            raise TooManyChanges(
                f"moves {changed:,} of {self.compared:,} products to another family or to "
                f"none, {percent:.1f} %, and {max_changed_percent:g} % are allowed"
            )

    @property
    def examples(self) -> dict[Pair, list[ChangeExample]]:
        """The examples of each kind of change."""
        return {
            pair: [each.example for each in sorted(kept, reverse=True)]
            for pair, kept in self._kept.items()
        }

    @property
    def numbered_examples(self) -> dict[Pair, list[tuple[int, ChangeExample]]]:
        """The same, each with the id of its product."""
        return {
            pair: [(each.product_id, each.example) for each in sorted(kept, reverse=True)]
            for pair, kept in self._kept.items()
        }

    def count(
        self, before: Shown | None, after: Shown | None, unlike: Change | None = None
    ) -> Pair:
        """Count one product; ``unlike`` is its change where nothing can be compared."""
        change = unlike or change_of(before, after)
        self.compared += unlike is None and before is not None
        pair = Pair(change, before.family if before else None, after.family if after else None)
        self.products[change] += 1
        self.pairs[pair] += 1
        return pair

    def count_unchanged(self, family: str | None, products: int) -> None:
        """Count products that keep the colour they show, or go on showing none."""
        self.products[Change.UNCHANGED] += products
        self.compared += products if family is not None else 0
        self.pairs[Pair(Change.UNCHANGED, family, family)] += products

    def keep(self, pair: Pair, product_id: int, example: ChangeExample) -> None:
        """Keep an example, in the place of another one where there are enough."""
        # The heap drops its smallest entry: with ranks negated, that of the largest hash.
        self._keep(pair, _Kept(-crc32(str(product_id).encode()), product_id, example))

    def _keep(self, pair: Pair, entry: _Kept) -> None:
        kept = self._kept.setdefault(pair, [])
        if len(kept) < self.most_examples:
            heappush(kept, entry)
        else:
            heappushpop(kept, entry)

    def add_changes(self, others: "Changes") -> None:
        """Add the changes of other products."""
        self.products += others.products
        self.compared += others.compared
        self.pairs += others.pairs
        for pair, kept in others._kept.items():
            for entry in kept:
                self._keep(pair, entry)


def change_of(before: Shown | None, after: Shown | None) -> Change:
    """Return how a product changes that showed one colour and shows another."""
    if before is None:
        return Change.UNCHANGED if after is None else Change.ANSWERED
    if after is None:
        return Change.LOST
    if before.family != after.family:
        return Change.FAMILY
    return Change.UNCHANGED if before == after else Change.SHADE
