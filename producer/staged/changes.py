"""Changes: what becomes of products' colours, counted by family, with some examples of each kind.

Whatever is about to change many products (a held batch, another table of names) is told in these
terms before it is done, and refused where too many would leave their family.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappush, heappushpop
from typing import Final, NamedTuple, Self
from zlib import crc32

from shared.catalogue.product_answer import Answer
from shared.contracts.stages import Code
from shared.errors import ColourwayError


class TooManyChanges(ColourwayError):
    """More products would leave their family than is allowed."""


class Change(StrEnum):
    """What becomes of a product."""

    UNCHANGED = "unchanged"
    SHADE = "shade"  # another colour, or another name of it, in the same family
    FAMILY = "family"
    ANSWERED = "answered"  # it had no colour, and gets one
    LOST = "lost"  # it had a colour, and no picture shows one any more
    FAILED = "failed"  # none of its drafts has a result: it keeps what it has
    OVERTAKEN = "overtaken"  # its pictures have newer jobs or results: it keeps them


COMPARED: Final = (Change.UNCHANGED, Change.SHADE, Change.FAMILY, Change.LOST)
"""What can become of a product that has a colour, and a result to compare it with."""


class Pair(NamedTuple):
    """A kind of change, and the families from which and to which; None is no colour."""

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
class Example:
    """One product, as people look at it; ``codes`` say why pictures have no result."""

    catalogue: str
    sku: str
    title: str | None
    category: str | None
    merchant_colour: str | None
    before: Answer | None
    after: Answer | None
    codes: tuple[Code, ...] = ()


class _Kept(NamedTuple):
    # Products come in the order of their making, and the first ones may be all of one kind. So
    # chance decides which are shown, the same chance every time.
    rank: int
    product_id: int
    example: Example


@dataclass(slots=True, kw_only=True)
class Changes:
    """What becomes of products, in numbers, and examples of it.

    ``compared`` products have a colour and something to compare it with: of these, shares are told.
    ``most_examples`` of each kind of change are kept.
    """

    products: Counter[Change] = field(default_factory=Counter[Change])
    compared: int = 0
    pairs: Counter[Pair] = field(default_factory=Counter[Pair])
    most_examples: int = 0
    _kept: dict[Pair, list[_Kept]] = field(default_factory=dict[Pair, list[_Kept]], repr=False)

    @property
    def changed(self) -> int:
        """How many products leave their family: for another, or without a colour."""
        return self.products[Change.FAMILY] + self.products[Change.LOST]

    @property
    def changed_percent(self) -> float:
        """The same in percent of those compared; 0 where there are none."""
        return 100 * self.changed / self.compared if self.compared else 0.0

    def require_few(self, max_changed_percent: float) -> None:
        """Return where at most this share of the products leaves its family.

        Raises :class:`TooManyChanges` where more do.
        """
        if self.changed_percent > max_changed_percent:
            raise TooManyChanges(
                f"moves {self.changed:,} of {self.compared:,} products to another family or to "
                f"none, {self.changed_percent:.1f} %, and {max_changed_percent:g} % are allowed"
            )

    @property
    def examples(self) -> dict[Pair, list[Example]]:
        """The examples of each kind of change."""
        return {
            pair: [each.example for each in sorted(kept, reverse=True)]
            for pair, kept in self._kept.items()
        }

    def count(
        self, before: Shown | None, after: Shown | None, unlike: Change | None = None
    ) -> Pair:
        """Count one product; ``unlike`` says what it is where nothing can be compared."""
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

    def keep(self, pair: Pair, product_id: int, example: Example) -> None:
        """Keep an example, or throw it or another one out where there are enough."""
        # The largest rank is in front of the heap's order turned round: it is thrown out first.
        self._keep(pair, _Kept(-crc32(str(product_id).encode()), product_id, example))

    def _keep(self, pair: Pair, entry: _Kept) -> None:
        kept = self._kept.setdefault(pair, [])
        if len(kept) < self.most_examples:
            heappush(kept, entry)
        else:
            heappushpop(kept, entry)

    def add_changes(self, others: "Changes") -> None:
        """Add what became of other products."""
        self.products += others.products
        self.compared += others.compared
        self.pairs += others.pairs
        for pair, kept in others._kept.items():
            for entry in kept:
                self._keep(pair, entry)


def change_of(before: Shown | None, after: Shown | None) -> Change:
    """Return what becomes of a product that showed one colour and shows another."""
    if before is None:
        return Change.UNCHANGED if after is None else Change.ANSWERED
    if after is None:
        return Change.LOST
    if before.family != after.family:
        return Change.FAMILY
    return Change.UNCHANGED if before == after else Change.SHADE
