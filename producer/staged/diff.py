"""Diff: what promoting a staged batch changes, product by product, without writing anything.

Each product is answered twice by the one rule of :mod:`shared.catalogue.product_answer`: from what
its pictures have without the batch, and from what they have with it. So the diff stays the same
while a batch is promoted, and after it. Memory does not grow with the batch.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from producer.staged.batch import StagedBatch, StagedPicture, product_pages, read_pictures
from producer.staged.changes import Change, ChangeExample, Changes, Pair, Shown
from producer.staged.chosen import EVERY_PRODUCT, ChosenProducts
from producer.status.counts import JobProgress
from shared.catalogue.product_answer import Answer, product_answer
from shared.contracts.decisions import DecisionRecord
from shared.contracts.stages import Code
from shared.database.engine import among, reading
from shared.database.models import Catalogue, Product
from shared.decisions.records import decisions_in_force
from shared.ledger.ledger import Ledger
from shared.settings import Settings

Columns = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class DiffSelection:
    """Which products of a batch are compared, and how many of each kind are shown.

    Without ``categories`` all of them; ``limit`` ends it after so many. Products that are not
    ``chosen`` are compared, and counted once more as left out.
    """

    categories: tuple[str, ...] = ()
    limit: int | None = None
    examples: int = 0
    chosen: ChosenProducts = EVERY_PRODUCT


@dataclass(slots=True)
class Diff(Changes):
    """What a batch changes, in numbers, and examples of it.

    ``pictures`` counts those with a staged result, ``promoted`` those of them that are promoted
    already, ``overtaken`` those with a newer job or result, and ``codes`` those without a result.
    ``jobs`` says how far the batch is; ``superseded`` ones were overtaken before they ended.
    ``decided`` compares what people decided with what the batch found, of the products that have
    both: a change there is a disagreement, and promoting the batch does not change the decision.
    ``left_out`` are the changes of products that were not chosen, ``due`` the pictures of the
    others that are still to be promoted.
    """

    batch: StagedBatch
    jobs: JobProgress = field(default_factory=JobProgress)
    superseded: int = 0
    pictures: int = 0
    promoted: int = 0
    overtaken: int = 0
    codes: Counter[Code] = field(default_factory=Counter[Code])
    decided: Changes = field(default_factory=Changes)
    left_out: Changes = field(default_factory=Changes)
    due: int = 0


def diff(
    engine: Engine,
    settings: Settings,
    batch: StagedBatch,
    wanted: DiffSelection | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Diff:
    """Compare the products of a batch as they are, or were, with what they become.

    ``on_progress`` gets the number of products compared so far.
    """
    wanted = wanted or DiffSelection()
    decided = Changes(most_examples=wanted.examples)
    run = _Comparison(Diff(batch, most_examples=wanted.examples, decided=decided), wanted)
    tallies = Ledger(engine, settings).status(batch.id)
    run.diff.jobs = JobProgress.of(tallies)
    run.diff.superseded = sum(each.jobs for each in tallies if each.code is Code.SUPERSEDED)
    for ids in product_pages(engine, batch.id):
        with reading(engine).begin() as connection:
            run.compare(connection, ids)
        if on_progress is not None:
            on_progress(run.diff.products.total())
        if run.is_full:
            break
    return run.diff


@dataclass(slots=True)
class _Comparison:
    diff: Diff
    wanted: DiffSelection

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
        decided = decisions_in_force(connection, lambda column: among(connection, column, ids))
        if self.wanted.categories:
            query = query.where(Product.category.in_(self.wanted.categories))
        for product in connection.execute(query):
            if self.is_full:
                return
            if product.id in pictures:
                self._add(product, pictures[product.id], decided.get(product.id))

    def _add(
        self,
        product: Row[*Columns],
        pictures: list[StagedPicture],
        decision: DecisionRecord | None,
    ) -> None:
        staged = [picture for picture in pictures if picture.has_staged_result]
        failed = [each.code for each in staged if each.result is None and not each.is_overtaken]
        overtaken = sum(each.is_overtaken for each in staged)
        before = product_answer(filter(None, (each.finding_before for each in pictures)))
        after = product_answer(filter(None, (each.finding_after for each in pictures)))
        unlike = None
        if len(failed) + overtaken == len(staged):
            unlike = Change.FAILED if failed else Change.OVERTAKEN
        pair = self.diff.count(Shown.of(before), Shown.of(after), unlike)
        self.diff.pictures += len(staged) - len(failed) - overtaken
        self.diff.promoted += sum(each.is_promoted for each in staged)
        self.diff.overtaken += overtaken
        if self.wanted.chosen.include(product.id):
            self.diff.due += sum(each.is_due for each in staged)
        else:
            self.diff.left_out.count(Shown.of(before), Shown.of(after), unlike)
        codes = tuple(code for code in failed if code is not None)
        self.diff.codes.update(codes)
        example = ChangeExample(
            product.catalogue,
            product.sku,
            title=product.title,
            category=product.category,
            merchant_colour=product.merchant_colour,
            before=before,
            after=after,
            codes=codes,
            decision=decision,
        )
        _keep(self.diff, pair, product.id, example)
        if decision is not None and unlike is None:
            pair = self.diff.decided.count(*_beside(decision, after))
            _keep(self.diff.decided, pair, product.id, example)


def _keep(changes: Changes, pair: Pair, product_id: int, example: ChangeExample) -> None:
    if changes.most_examples and pair.change is not Change.UNCHANGED:
        changes.keep(pair, product_id, example)


def _beside(decision: DecisionRecord, after: Answer | None) -> tuple[Shown | None, Shown | None]:
    """Return what was decided and what was found; twice the former where both agree.

    They agree where either family of the one is one of the other's.
    """
    colour, found = decision.colour, Shown.of(after)
    if colour.family is None:
        return None, found
    decided = Shown(colour.hex or "", colour.name or "", colour.family)
    families = after.main.families if after is not None and found is not None else frozenset[str]()
    agree = families & {colour.family, colour.family_second}
    return decided, decided if agree else found
