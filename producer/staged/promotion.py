"""Promotion and rollback of a held batch: its drafts into the catalogue, and out of it again.

Both go through the batch product by product, a few hundred to a transaction. Where a product stands
is told by its drafts alone, so either can be cut short at any moment and run again. Rows are locked
in the order in which a result is recorded: products first, each by its id, then their pictures.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, select, update

from producer.enqueue.store import CatalogueTransaction
from producer.staged.batch import StagedBatch, StagedPicture, product_pages, read_pictures
from producer.staged.changes import TooManyChanges
from producer.staged.diff import Diff
from shared.catalogue.product_answer import ANSWER_COLUMNS, Answer, Finding, product_answer
from shared.contracts.jobs import Hold
from shared.database.models import Batch, Product, ProductImage, StagedResult, utc_now
from shared.errors import ColourwayError
from shared.ledger.staged_results import from_json


class PromotionRefused(ColourwayError):
    """A held batch is not promoted, or not rolled back, as things are."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How many pictures got another result, of how many products; how many were left alone.

    ``overtaken`` pictures have a newer job or result than the one in question; ``seen`` products
    were gone through.
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
    the allowed share of products would leave their family, unless ``force``.
    """
    batch = found.batch.id
    if found.jobs.left and not partly:
        raise PromotionRefused(
            f"batch {batch} has {found.jobs.left:,} jobs left; `colourway status --watch --batch "
            f"{batch}` waits for them, --partly promotes what is there"
        )
    if not force:
        try:
            found.require_few(max_changed_percent)
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
) -> Moved:
    """Write every draft that has a result, was not written yet, and was not overtaken.

    What the picture had before is kept in its draft, and the product answered anew. Results that
    come later are written by another call. Raises :class:`PromotionRefused` where somebody begins
    to roll the batch back meanwhile.
    """
    return _Run(engine, batch, Hold.PROMOTING, clock, on_progress).go(Hold.PROMOTED)


def rollback(
    engine: Engine,
    batch: StagedBatch,
    on_progress: OnProgress | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Moved:
    """Bring back what each picture had before its draft was promoted, where that still stands.

    The drafts stay, and can be promoted again. Raises :class:`PromotionRefused` where nothing was
    promoted, or somebody promotes the batch meanwhile.
    """
    if batch.hold is Hold.HELD:
        raise PromotionRefused(
            f"batch {batch.id} has not been promoted, so there is nothing to bring back"
        )
    return _Run(engine, batch, Hold.ROLLING_BACK, clock, on_progress).go(Hold.ROLLED_BACK)


@dataclass(slots=True)
class _Run:
    engine: Engine
    batch: StagedBatch
    doing: Hold
    clock: Callable[[], datetime]
    on_progress: OnProgress | None
    moved: Moved = Moved()

    def go(self, done: Hold) -> Moved:
        """Go through the batch, and note with it how far it has come."""
        with self.engine.begin() as connection:
            self._note(connection, self.doing)
        for ids in product_pages(self.engine, self.batch.id):
            with self.engine.begin() as connection:
                self._require_turn(connection)
                moved = self._move(connection, ids)
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
            self._require_turn(connection, read=False)
            self._note(connection, done)
        return self.moved

    def _note(self, connection: Connection, hold: Hold) -> None:
        connection.execute(update(Batch).where(Batch.id == self.batch.id).values(hold=hold))

    def _require_turn(self, connection: Connection, *, read: bool = True) -> None:
        """Keep others from turning the batch round until the commit."""
        query = select(Batch.hold).where(Batch.id == self.batch.id)
        hold = connection.scalar(query.with_for_update(read=read, key_share=not read))
        # Two that do the same may finish each other's work.
        finished = {Hold.PROMOTING: Hold.PROMOTED, Hold.ROLLING_BACK: Hold.ROLLED_BACK}[self.doing]
        if hold not in (self.doing, finished):
            said = hold.value.replace("_", " ") if hold else "gone"
            raise PromotionRefused(
                f"somebody else has turned to batch {self.batch.id}, it is {said} now; what was "
                "done until then stays, see `colourway diff`"
            )

    def _move(self, connection: Connection, ids: Sequence[int]) -> Moved:
        """Write a page of products."""
        CatalogueTransaction(connection, None).lock_products(ids)
        now = self.clock()
        # A statement of its own, so that it sees what those have written who held the locks.
        pictures = read_pictures(connection, self.batch.id, ids)
        drafted = [
            each for of_one in pictures.values() for each in of_one if each.has_staged_result
        ]
        if self.doing is Hold.PROMOTING:
            due = [each for each in drafted if each.is_due]
            overtaken = sum(each.is_overtaken for each in drafted)
            new = {each.id: dict(each.result or {}) for each in due}
            _write_staged_results(connection, self.batch.id, due, now)
        else:
            due = [each for each in drafted if each.is_promoted]
            overtaken = sum(each.promoted_at is not None and each.is_overtaken for each in drafted)
            new = {each.id: each.to_restore() for each in due}
            _write_staged_results(connection, self.batch.id, due, None)
        _write_pictures(connection, new)
        products = {each.product_id for each in due}
        answers = {
            product_id: product_answer(_findings(pictures[product_id], new))
            for product_id in products
        }
        _write_products(connection, answers, now)
        return Moved(len(ids), len(products), len(due), overtaken)


def _findings(
    pictures: Iterable[StagedPicture], new: Mapping[int, Mapping[str, Any]]
) -> Iterable[Finding]:
    for picture in pictures:
        columns = {**picture.present, **new.get(picture.id, {})}
        if columns["enriched_at"] is not None:
            yield Finding.of(columns)


def _write_staged_results(
    connection: Connection,
    batch_id: int,
    pictures: Sequence[StagedPicture],
    promoted_at: datetime | None,
) -> None:
    if not pictures:
        return
    connection.execute(
        update(StagedResult)
        .where(
            StagedResult.batch_id == batch_id,
            StagedResult.product_id == bindparam("its_product"),
            StagedResult.image_id == bindparam("its_image"),
        )
        .values(before=bindparam("kept"), promoted_at=promoted_at),
        [
            {
                "its_product": picture.product_id,
                "its_image": picture.id,
                "kept": None if promoted_at is None else picture.to_keep(),
            }
            for picture in pictures
        ],
    )


def _write_pictures(connection: Connection, new: Mapping[int, Mapping[str, Any]]) -> None:
    # Drafts of another version may hold other columns.
    for columns in sorted({tuple(sorted(each)) for each in new.values()}):
        connection.execute(
            update(ProductImage)
            .where(ProductImage.id == bindparam("key"))
            .values({name: bindparam(f"new_{name}") for name in columns}),
            [
                {"key": key, **{f"new_{name}": value for name, value in from_json(each).items()}}
                for key, each in new.items()
                if tuple(sorted(each)) == columns
            ],
        )


def _write_products(
    connection: Connection, answers: Mapping[int, Answer | None], now: datetime
) -> None:
    if not answers:
        return
    nothing = dict.fromkeys(ANSWER_COLUMNS)
    set_to: dict[str, Any] = {"updated_at": now}
    set_to |= {name: bindparam(f"new_{name}") for name in (*ANSWER_COLUMNS, "enriched_at")}
    connection.execute(
        update(Product).where(Product.id == bindparam("key")).values(set_to),
        [
            {
                "key": key,
                "new_enriched_at": now if answer else None,
                **{
                    f"new_{name}": value
                    for name, value in (answer.columns() if answer else nothing).items()
                },
            }
            for key, answer in answers.items()
        ],
    )
