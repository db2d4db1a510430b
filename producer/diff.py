"""Diff: what promoting a held batch changes, product by product, without writing anything.

Each product is answered twice by the one rule of :mod:`shared.answer`: from what its pictures have
without the batch, and from what they have with it. So the diff stays the same while a batch is
promoted, and after it. Memory does not grow with the batch.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from heapq import heappush, heappushpop
from typing import Any, Final, NamedTuple
from zlib import crc32

from sqlalchemy import Connection, Engine, Row, select

from producer.drafted import DraftedPicture, HeldBatch, product_pages, read_pictures
from producer.status import Progress
from shared.answer import Answer, product_answer
from shared.contracts import Code
from shared.database import among, reading
from shared.ledger import Ledger
from shared.models import Catalogue, Product
from shared.settings import Settings

Columns = tuple[Any, ...]


class Change(StrEnum):
    """What a batch does to a product."""

    UNCHANGED = "unchanged"
    SHADE = "shade"  # another colour, of the same family
    FAMILY = "family"
    ANSWERED = "answered"  # it had no colour, and gets one
    LOST = "lost"  # it had a colour, and no picture shows one any more
    FAILED = "failed"  # none of its drafts has a result: it keeps what it has
    OVERTAKEN = "overtaken"  # its pictures have newer jobs or results: it keeps them


COMPARED: Final = (Change.UNCHANGED, Change.SHADE, Change.FAMILY, Change.LOST)
"""What can become of a product that has a colour, and a result from the batch."""


class Pair(NamedTuple):
    """A kind of change, and the families from which and to which; None is no colour."""

    change: Change
    before: str | None
    after: str | None


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which products of a batch are compared, and how many of each kind are shown.

    Without ``categories`` all of them; ``limit`` ends it after so many.
    """

    categories: tuple[str, ...] = ()
    limit: int | None = None
    examples: int = 0


@dataclass(slots=True)
class Diff:
    """What a batch changes, in numbers, and examples of it.

    ``compared`` products have a colour and a result from the batch: of these, shares are told.
    ``pictures`` counts those whose result counts, ``promoted`` those of them that are written
    already, ``overtaken`` those with a newer job or result, and ``codes`` those without a result.
    ``jobs`` says how far the batch is; ``superseded`` ones were overtaken before they ended.
    """

    batch: HeldBatch
    jobs: Progress = field(default_factory=Progress)
    superseded: int = 0
    products: Counter[Change] = field(default_factory=Counter[Change])
    compared: int = 0
    pairs: Counter[Pair] = field(default_factory=Counter[Pair])
    pictures: int = 0
    promoted: int = 0
    overtaken: int = 0
    codes: Counter[Code] = field(default_factory=Counter[Code])
    examples: dict[Pair, list[Example]] = field(default_factory=dict[Pair, list[Example]])

    @property
    def changed(self) -> int:
        """How many products leave their family: for another, or without a colour."""
        return self.products[Change.FAMILY] + self.products[Change.LOST]

    @property
    def changed_percent(self) -> float:
        """The same in percent of those compared; 0 where there are none."""
        return 100 * self.changed / self.compared if self.compared else 0.0


def diff(
    engine: Engine,
    settings: Settings,
    batch: HeldBatch,
    wanted: Wanted | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Diff:
    """Compare the products of a batch as they are, or were, with what they become.

    ``on_progress`` hears how many products were compared so far.
    """
    run = _Run(Diff(batch), wanted or Wanted())
    tallies = Ledger(engine, settings).status(batch.id)
    run.diff.jobs = Progress.of(tallies)
    run.diff.superseded = sum(each.jobs for each in tallies if each.code is Code.SUPERSEDED)
    for ids in product_pages(engine, batch.id):
        with reading(engine).begin() as connection:
            run.compare(connection, ids)
        if on_progress is not None:
            on_progress(run.diff.products.total())
        if run.is_full:
            break
    for pair, kept in run.kept.items():
        run.diff.examples[pair] = [each.example for each in sorted(kept, reverse=True)]
    return run.diff


class _Kept(NamedTuple):
    # Products come in the order of their making, and the first ones may be all of one kind. So
    # chance decides which are shown, the same chance every time.
    rank: int
    product_id: int
    example: Example


@dataclass(slots=True)
class _Run:
    diff: Diff
    wanted: Wanted
    kept: dict[Pair, list[_Kept]] = field(default_factory=dict[Pair, list[_Kept]])

    @property
    def is_full(self) -> bool:
        """True once the limit is reached."""
        return self.wanted.limit is not None and self.diff.products.total() >= self.wanted.limit

    def compare(self, connection: Connection, ids: Sequence[int]) -> None:
        """Compare a page of products."""
        pictures = read_pictures(connection, self.diff.batch.id, ids)
        query = (
            select(
                Product.id,
                Catalogue.name.label("catalogue"),
                Product.sku,
                Product.title,
                Product.category,
                Product.merchant_colour,
            )
            .join(Catalogue, Catalogue.id == Product.catalogue_id)
            .where(among(connection, Product.id, ids))
            .order_by(Product.id)
        )
        if self.wanted.categories:
            query = query.where(Product.category.in_(self.wanted.categories))
        for product in connection.execute(query):
            if self.is_full:
                return
            if product.id in pictures:
                self._add(product, pictures[product.id])

    def _add(self, product: Row[*Columns], pictures: list[DraftedPicture]) -> None:
        drafted = [picture for picture in pictures if picture.has_draft]
        failed = [each.code for each in drafted if each.result is None and not each.is_overtaken]
        overtaken = sum(each.is_overtaken for each in drafted)
        before = product_answer(filter(None, (each.finding_before for each in pictures)))
        after = product_answer(filter(None, (each.finding_after for each in pictures)))
        families = [answer.family if answer else None for answer in (before, after)]
        if len(failed) + overtaken == len(drafted):
            change = Change.FAILED if failed else Change.OVERTAKEN
        else:
            change = _change(before, after)
            self.diff.compared += families[0] is not None
        pair = Pair(change, families[0], families[1])
        self.diff.products[change] += 1
        self.diff.pairs[pair] += 1
        self.diff.pictures += len(drafted) - len(failed) - overtaken
        self.diff.promoted += sum(each.is_promoted for each in drafted)
        self.diff.overtaken += overtaken
        codes = tuple(code for code in failed if code is not None)
        self.diff.codes.update(codes)
        if self.wanted.examples and change is not Change.UNCHANGED:
            example = Example(
                product.catalogue,
                product.sku,
                title=product.title,
                category=product.category,
                merchant_colour=product.merchant_colour,
                before=before,
                after=after,
                codes=codes,
            )
            self._keep(pair, product.id, example)

    def _keep(self, pair: Pair, product_id: int, example: Example) -> None:
        kept = self.kept.setdefault(pair, [])
        # The largest rank is in front of the heap's order turned round: it is thrown out first.
        entry = _Kept(-crc32(str(product_id).encode()), product_id, example)
        if len(kept) < self.wanted.examples:
            heappush(kept, entry)
        else:
            heappushpop(kept, entry)


def _change(before: Answer | None, after: Answer | None) -> Change:
    colours = [answer.colour if answer else None for answer in (before, after)]
    if before is None or colours[0] is None:
        return Change.UNCHANGED if colours[1] is None else Change.ANSWERED
    if after is None or colours[1] is None:
        return Change.LOST
    if before.family != after.family:
        return Change.FAMILY
    same = (colours[0].hex, colours[0].name) == (colours[1].hex, colours[1].name)
    return Change.UNCHANGED if same else Change.SHADE
