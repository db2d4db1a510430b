"""Enqueues beside each other, beside sweeps and beside workers, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from sqlalchemy import Engine, func, select

from producer.enqueue.enqueue import Again, enqueue
from shared.contracts.jobs import JobState
from shared.database.models import Job, Product, ProductImage
from shared.ledger.ledger import Ledger
from shared.queue.dispatch import dispatch_due
from tests.support.catalogue.stored import pictures, product
from tests.support.catalogue.worked import SHOP, work


def test_two_enqueues_of_one_feed_at_once(engine: Engine) -> None:
    feed = [product(f"S{number}", number, f"{number}b") for number in range(2500)]
    with ThreadPoolExecutor(2) as pool:
        order = replace(SHOP, again=Again.FAILED)
        forwards = pool.submit(enqueue, engine, feed, order)
        backwards = pool.submit(enqueue, engine, feed[::-1], order)
        done = [forwards.result(), backwards.result()]
    assert sum(each.new_products for each in done) == 2500
    assert sum(each.jobs for each in done) == 5000
    assert all(len(each) == 2 for each in pictures(engine).values())
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Job)) == 5000


def test_enqueues_of_several_catalogues_and_sweeps_at_once(engine: Engine, ledger: Ledger) -> None:
    feed = [product(f"S{number}", number) for number in range(1500)]
    # Every picture is replaced while its job waits, and may be dispatched at that moment.
    turns = [feed, [product(row.sku, f"{row.sku}-new") for row in feed]]

    def keep_enqueuing(catalogue: str, backwards: bool) -> int:
        order = replace(SHOP, catalogue=catalogue)
        return sum(enqueue(engine, turn[::-1] if backwards else turn, order).jobs for turn in turns)

    dispatched = []
    with ThreadPoolExecutor(5) as pool:
        enqueues = [
            pool.submit(keep_enqueuing, catalogue, backwards)
            for catalogue in ("shop", "other")
            for backwards in (False, True)
        ]
        while not all(each.done() for each in enqueues):
            pool.submit(dispatch_due, ledger, dispatched.append, 32).result()
        assert sum(each.result() for each in enqueues) >= 6000
    dispatch_due(ledger, dispatched.append, 32)
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Product)) == 3000
        assert connection.scalar(select(func.count()).select_from(ProductImage)) == 3000
        latest = select(func.count()).where(
            Job.image_id == ProductImage.id,
            Job.generation == ProductImage.generation,
            Job.state == JobState.PENDING,
        )
        assert connection.scalar(latest) == 3000
        pending = connection.scalars(select(Job.id).where(Job.state == JobState.PENDING))
        assert set(pending) <= {job_id for one in dispatched for job_id in one.job_ids}


def test_enqueue_and_workers_at_once(engine: Engine, ledger: Ledger) -> None:
    skus = [f"S{number}" for number in range(120)]
    enqueue(engine, [product(sku, sku, title="0") for sku in skus], SHOP)

    def keep_working() -> int:
        return sum(work(ledger) for _ in range(4))

    with ThreadPoolExecutor(3) as pool:
        workers = [pool.submit(keep_working) for _ in range(2)]
        for turn in range(1, 6):
            feed = [product(sku, sku, title=str(turn)) for sku in skus]
            enqueue(engine, feed, replace(SHOP, again=Again.FAILED))
        for worker in workers:
            worker.result()
    work(ledger)
    with engine.connect() as connection:
        states = connection.execute(select(Job.state, func.count()).group_by(Job.state)).all()
        assert [tuple(state) for state in states] == [(JobState.DONE, 120)]
