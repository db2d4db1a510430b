"""Promotion and rollback of a staged batch: its results into the catalogue, and out of it again.

Both go through the batch product by product, a few hundred to a transaction. How far a product is
follows from its staged results alone, so either can be cut short at any moment and run again. Rows
are locked in the order in which a result is recorded: products by their ids, then pictures.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import Connection, Engine, select, update

from producer.staged.batch import StagedBatch, StagedPicture, product_pages, read_pictures
from producer.staged.changes import TooManyChanges
from producer.staged.chosen import EVERY_PRODUCT, ChosenProducts
from producer.staged.diff import Diff
from producer.staged.writes import write_pictures, write_products, write_staged_results
from shared.catalogue.product_answer import PictureFinding, product_answer
from shared.contracts.jobs import Staging
from shared.database.models import Batch, utc_now
from shared.database.product_locks import lock_products
from shared.errors import ColourwayError


class PromotionRefused(ColourwayError):
    """A staged batch cannot be promoted, or rolled back, in its present state."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many pictures got another result, of how many products, and how many were skipped.

    ``overtaken`` pictures have a newer job or result; ``seen`` products were gone through.
    """

    seen: int = 0
    products: int = 0
    pictures: int = 0
    overtaken: int = 0


OnProgress = Callable[[Moved], None]


def require_promotable(
    found: Diff, max_changed_percent: float, *, force: bool = False, partly: bool = False
) -> None:
    """Return when a batch may be promoted.

    Raises :class:`PromotionRefused` where jobs are open, unless ``partly``, and where more than
    the allowed share of the batch's products would change their family, unless ``force``. What
    was left out of the diff's choice counts as one that stays.
    """
    batch = found.batch.id
    if found.jobs.left and not partly:
        raise PromotionRefused(
            f"batch {batch} has {found.jobs.left:,} jobs left; `colourway status --watch --batch "
            f"{batch}` waits for them, --partly promotes what is there"
        )
    if not force:
        try:
            found.require_few(max_changed_percent, spared=found.left_out.changed)
        except TooManyChanges as error:
            raise PromotionRefused(
                f"batch {batch} {error}; look at `colourway diff {batch}`, then say --max-changed "
                "PERCENT or --force"
            ) from None


def promote(
    engine: Engine,
    batch: StagedBatch,
    on_progress: OnProgress | None = None,
    clock: Callable[[], datetime] = utc_now,
    chosen: ChosenProducts = EVERY_PRODUCT,
) -> Moved:
    """Write every staged result that was not promoted yet and was not overtaken.

    The picture's earlier values are kept with it, and the product is answered anew. Results that
    come later, and those of products that were not ``chosen``, are promoted by another call.
    Raises :class:`PromotionRefused` where a rollback of
    the batch begins meanwhile.
    """
    return _Promotion(engine, batch, clock, on_progress, chosen=chosen).go()


def rollback(
    engine: Engine,
    batch: StagedBatch,
    on_progress: OnProgress | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Moved:
    """Restore what each picture had before its result was promoted, where that is still there.

    The staged results stay, and can be promoted again. Raises :class:`PromotionRefused` where
    nothing was promoted, or a promotion of the batch begins meanwhile.
    """
    if batch.staging is Staging.STAGED:
        raise PromotionRefused(
            f"batch {batch.id} has not been promoted, so there is nothing to roll back"
        )
    return _Rollback(engine, batch, clock, on_progress).go()


class _PageWrites(NamedTuple):
    """What to write for a page of products: new columns of pictures, by their ids."""

    pictures: list[StagedPicture]
    columns: dict[int, dict[str, Any]]
    overtaken: int


@dataclass(slots=True)
class _BatchPass(ABC):
    """One pass through a batch, which records how far it has come."""

    engine: Engine
    batch: StagedBatch
    clock: Callable[[], datetime]
    on_progress: OnProgress | None
    moved: Moved = Moved()

    doing: ClassVar[Staging]
    done: ClassVar[Staging]

    @abstractmethod
    def _choose(self, staged: Sequence[StagedPicture]) -> _PageWrites:
        """Return which of these pictures are written, and how."""

    @abstractmethod
    def _mark(
        self, connection: Connection, pictures: Sequence[StagedPicture], now: datetime
    ) -> None:
        """Note with the staged results of these pictures that they are written."""

    def go(self) -> Moved:
        """Go through the batch, product by product."""
        with self.engine.begin() as connection:
            self._note(connection, self.doing)
        for ids in product_pages(self.engine, self.batch.id):
            with self.engine.begin() as connection:
                self._require_same_direction(connection)
                moved = self._write(connection, ids)
            # Counted only once it is committed.
            self.moved = replace(
                self.moved,
                seen=self.moved.seen + moved.seen,
                products=self.moved.products + moved.products,
                pictures=self.moved.pictures + moved.pictures,
                overtaken=self.moved.overtaken + moved.overtaken,
            )
            if self.on_progress is not None:
                self.on_progress(self.moved)
        with self.engine.begin() as connection:
            self._require_same_direction(connection, read=False)
            self._note(connection, self.done)
        return self.moved

    def _note(self, connection: Connection, staging: Staging) -> None:
        connection.execute(update(Batch).where(Batch.id == self.batch.id).values(staging=staging))

    def _require_same_direction(self, connection: Connection, *, read: bool = True) -> None:
        """Keep other processes from reversing the batch until the commit."""
        query = select(Batch.staging).where(Batch.id == self.batch.id)
        staging = connection.scalar(query.with_for_update(read=read, key_share=not read))
        # Two processes that do the same may finish each other's work.
        if staging not in (self.doing, self.done):
            state = staging.value.replace("_", " ") if staging else "gone"
            raise PromotionRefused(
                f"another process has changed batch {self.batch.id}, it is {state} now; what was "
                "done until then stays, see `colourway diff`"
            )

    def _write(self, connection: Connection, ids: Sequence[int]) -> Moved:
        """Write a page of products."""
        lock_products(connection, ids)
        now = self.clock()
        # A statement of its own, so that it sees what was committed by those who held the locks.
        pictures = read_pictures(connection, self.batch.id, ids)
        every = chain.from_iterable(pictures.values())
        page = self._choose([each for each in every if each.has_staged_result])
        self._mark(connection, page.pictures, now)
        write_pictures(connection, page.columns)
        products = {each.product_id for each in page.pictures}
        answers = {
            product_id: product_answer(_findings(pictures[product_id], page.columns))
            for product_id in products
        }
        write_products(connection, answers, now)
        return Moved(len(ids), len(products), len(page.pictures), page.overtaken)


@dataclass(slots=True)
class _Promotion(_BatchPass):
    chosen: ChosenProducts = EVERY_PRODUCT

    doing = Staging.PROMOTING
    done = Staging.PROMOTED

    def _choose(self, staged: Sequence[StagedPicture]) -> _PageWrites:
        staged = [each for each in staged if self.chosen.include(each.product_id)]
        due = [each for each in staged if each.is_due]
        columns = {each.id: dict(each.result or {}) for each in due}
        return _PageWrites(due, columns, sum(each.is_overtaken for each in staged))

    def _mark(
        self, connection: Connection, pictures: Sequence[StagedPicture], now: datetime
    ) -> None:
        write_staged_results(connection, self.batch.id, pictures, now)


class _Rollback(_BatchPass):
    doing = Staging.ROLLING_BACK
    done = Staging.ROLLED_BACK

    def _choose(self, staged: Sequence[StagedPicture]) -> _PageWrites:
        due = [each for each in staged if each.is_promoted]
        columns = {each.id: each.to_restore() for each in due}
        overtaken = sum(each.promoted_at is not None and each.is_overtaken for each in staged)
        return _PageWrites(due, columns, overtaken)

    def _mark(
        self, connection: Connection, pictures: Sequence[StagedPicture], now: datetime
    ) -> None:
        write_staged_results(connection, self.batch.id, pictures, None)


def _findings(
    pictures: Iterable[StagedPicture], new: Mapping[int, Mapping[str, Any]]
) -> Iterable[PictureFinding]:
    for picture in pictures:
        columns = {**picture.present, **new.get(picture.id, {})}
        if columns["enriched_at"] is not None:
            yield PictureFinding.of(columns)
