"""Enqueuing a feed: products, their pictures, and a job for each picture that needs one.

A feed describes the catalogue as it should be. Enqueuing it again changes nothing; a picture with
another URL gets a new generation and a job; one that the feed no longer names is removed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from sqlalchemy import Engine

from producer.enqueue.feed_diff import FeedDiff, StoredProduct, combine
from producer.enqueue.sku_index import SkuIndex
from producer.enqueue.store import CatalogueTransaction, transaction
from producer.feeds.product import FeedProduct
from producer.feeds.record import Rejected
from shared.contracts.jobs import Trigger
from shared.database.models import utc_now
from shared.tracing.spans import span

PRODUCTS_AT_ONCE: Final = 1000
"""How many products share a transaction."""

PICTURES_AT_ONCE: Final = 5000
"""How many pictures do: every id is a parameter, and databases allow some 30,000."""


class Again(StrEnum):
    """Which pictures are done again although their URL is the same."""

    NONE = "none"
    FAILED = "failed"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Order:
    """What to enqueue, and how.

    ``limit`` ends it after so many products, and then nothing is removed. ``dry_run`` only counts;
    it may count a picture twice that the feed names twice, far apart, for the same sku.
    """

    catalogue: str
    trigger: Trigger = Trigger.MANUAL
    source: str | None = None
    again: Again = Again.NONE
    limit: int | None = None
    dry_run: bool = False


@dataclass(slots=True)
class Enqueued:
    """What an enqueue did, or in a dry run would do, in numbers.

    ``again`` counts pictures that are done again under the same URL; ``jobs`` are the new ones;
    ``batch_id`` is None where there are none. ``layout`` names the shop system in whose layout the
    feed is, if in any; ``rows`` are those read of it, ``left_out`` the cells that made no sense.
    """

    batch_id: int | None = None
    products: int = 0
    new_products: int = 0
    changed_products: int = 0
    pictures: int = 0
    new_pictures: int = 0
    replaced_pictures: int = 0
    removed_pictures: int = 0
    again: int = 0
    jobs: int = 0
    rejected: int = 0
    layout: str | None = None
    rows: int = 0
    left_out: int = 0

    def layout_line(self) -> str | None:
        """Say in which layout the feed is, and what of its rows were products; None for ours."""
        if self.layout is None:
            return None
        return f"{self.layout}, {self.products:,} products of {self.rows:,} rows"


class JobPublisher(Protocol):
    """Publishes jobs as they are committed, as a ``StreamingDispatcher`` does."""

    def takes(self, jobs: int) -> bool:
        """Return whether so many jobs may be inserted as dispatched, and then published here."""
        ...

    def publish(self, job_ids: Sequence[int]) -> None:
        """Publish jobs that were taken, now that they are committed."""
        ...


def enqueue(
    engine: Engine,
    feed: Iterable[FeedProduct | Rejected],
    order: Order,
    *,
    publisher: JobPublisher | None = None,
    on_reject: Callable[[Rejected], None] | None = None,
    on_progress: Callable[[Enqueued], None] | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> Enqueued:
    """Write a feed's products, pictures and jobs, a thousand products to a transaction.

    Memory does not grow with the feed. ``publisher`` publishes jobs meanwhile, as many as it takes;
    the others are left to the next sweep. ``on_reject`` gets every row that cannot be used,
    ``on_progress`` the numbers after every transaction. An enqueue that is cut short can be started
    again: what is there already makes no second job.

    Raises :class:`~shared.errors.FeedError` as the feed does; what came before stays.
    """
    with SkuIndex() as index, span("enqueue", source=order.source, catalogue=order.catalogue):
        run = _FeedEnqueue(engine, order, index, clock, publisher, on_reject, on_progress)
        for products in run.pages(feed):
            run.enqueue(combine(products))
        if order.limit is None:
            run.remove_surplus()
    return run.done


@dataclass(slots=True)
class _FeedEnqueue:
    engine: Engine
    order: Order
    index: SkuIndex
    clock: Callable[[], datetime]
    publisher: JobPublisher | None
    on_reject: Callable[[Rejected], None] | None
    on_progress: Callable[[Enqueued], None] | None
    done: Enqueued = field(default_factory=Enqueued)

    def pages(self, feed: Iterable[FeedProduct | Rejected]) -> Iterator[list[FeedProduct]]:
        """Collect products for a transaction, and pass on what is rejected."""
        products: list[FeedProduct] = []
        pictures = taken = 0
        for row in feed:
            if isinstance(row, Rejected):
                self._reject(row)
                continue
            products.append(row)
            if not row.whole:  # nobody knows which pictures it named
                self.index.note_rejected(row.sku)
            pictures += len(row.pictures)
            taken += 1
            if len(products) >= PRODUCTS_AT_ONCE or pictures >= PICTURES_AT_ONCE:
                yield products
                products, pictures = [], 0
            if taken == self.order.limit:
                break
        if products:
            yield products

    def enqueue(self, products: list[FeedProduct]) -> None:
        """Write one page of the feed to the database, all or nothing."""
        done = replace(self.done)  # counted only once it is committed
        dispatched: list[int] = []
        already = self.index.add({each.sku: len(each.pictures) for each in products})
        with self._transaction() as catalogue:
            stored = catalogue.products.stored([product.sku for product in products])
            diff = FeedDiff()
            for product in products:
                diff.add(product, stored.get(product.sku), already.get(product.sku, 0))
            self._count(done, diff, products, already)
            if self.order.dry_run:
                self._foresee(done, diff, catalogue)
            else:
                dispatched = self._write(done, diff, catalogue, stored)
        if self.publisher is not None and dispatched:
            self.publisher.publish(dispatched)
        self.index.note(diff.given)
        self._commit(done)

    def remove_surplus(self) -> None:
        """Remove the pictures that the feed no longer names."""
        for page in self.index.surplus():
            done = replace(self.done)
            with self._transaction() as catalogue:
                surplus = catalogue.pictures.surplus(page)
                done.removed_pictures += len(surplus)
                if not self.order.dry_run:
                    catalogue.pictures.remove(surplus)
            self._commit(done)

    def _transaction(self) -> AbstractContextManager[CatalogueTransaction]:
        return transaction(self.engine, self.order.catalogue, self.order.dry_run)

    def _write(
        self,
        done: Enqueued,
        diff: FeedDiff,
        catalogue: CatalogueTransaction,
        stored: dict[str, StoredProduct],
    ) -> list[int]:
        """Write the differences; return the jobs that the publisher has taken."""
        now = self.clock()
        # All of them at once, in the order of their ids, as a worker does that records several.
        again = self.order.again is not Again.NONE
        catalogue.products.lock({each.id for each in stored.values()} if again else diff.touched)
        ids = catalogue.products.add(diff.new_products, now)
        ids |= {sku: product.id for sku, product in stored.items()}
        catalogue.products.change(diff.changed_products, now)
        catalogue.pictures.change_roles(diff.new_roles)
        pictures = catalogue.pictures.replace(diff.replaced, now)
        pictures |= catalogue.pictures.add(diff.new_pictures, ids, now)
        if again:
            renewed = catalogue.pictures.renew(diff.same, self.order.again is Again.FAILED, now)
            done.again += len(renewed)
            pictures |= renewed
        if not pictures:
            return []
        if done.batch_id is None:
            done.batch_id = catalogue.jobs.add_batch(self.order.trigger, self.order.source, now)
        taken = self.publisher is not None and self.publisher.takes(len(pictures))
        queue = self.order.trigger.queue
        jobs = catalogue.jobs.add(pictures, done.batch_id, queue, now, dispatched=taken)
        done.jobs += len(jobs)
        return jobs if taken else []

    def _foresee(self, done: Enqueued, diff: FeedDiff, catalogue: CatalogueTransaction) -> None:
        done.jobs += len(diff.new_pictures) + len(diff.replaced)
        if self.order.again is not Again.NONE:
            again = catalogue.pictures.renewable(diff.same, self.order.again is Again.FAILED)
            done.again += len(again)
            done.jobs += len(again)

    def _count(
        self,
        done: Enqueued,
        diff: FeedDiff,
        products: list[FeedProduct],
        already: dict[str, int],
    ) -> None:
        done.products += sum(product.sku not in already for product in products)
        done.new_products += len(diff.new_products)
        done.changed_products += len(diff.changed_products)
        done.pictures += len(diff.new_pictures) + len(diff.replaced) + len(diff.same)
        done.new_pictures += len(diff.new_pictures)
        done.replaced_pictures += len(diff.replaced)

    def _reject(self, row: Rejected) -> None:
        self.done.rejected += 1
        if row.sku is not None:
            self.index.note_rejected(row.sku)
        if self.on_reject is not None:
            self.on_reject(row)

    def _commit(self, done: Enqueued) -> None:
        self.done = done
        if self.on_progress is not None:
            self.on_progress(done)
