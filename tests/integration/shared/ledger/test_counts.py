"""Stored counts: equal to what counting gives, whatever was done and whoever did it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Final
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select, text, update

from producer.reprocess.retry import retry
from shared.contracts.jobs import Claim
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine, upgrade
from shared.database.models import (
    Batch,
    Catalogue,
    Job,
    JobCount,
    Product,
    ProductCount,
    ProductImage,
)
from shared.errors import StageError
from shared.ledger import counts
from shared.ledger.ledger import Ledger, Tally
from shared.ledger.reopening import Failures
from shared.settings import Settings, get_settings
from tests.support.rows import NAVY, NOBODY, Clock, add_product, result

SLOW: Final = StageError(Stage.FETCH, Code.FETCH_TIMEOUT, "slow", retry=True)
GONE: Final = StageError(Stage.FETCH, Code.FETCH_NOT_FOUND, "gone")


def check(engine: Engine, ledger: Ledger) -> None:
    """Compare the stored counts with counted rows, in one transaction."""
    key = (Job.batch_id, Job.state, Job.code)
    products = select(Product.catalogue_id, func.count(), func.count(Product.enriched_at))
    with engine.connect() as connection:
        jobs = {
            Tally(*row) for row in connection.execute(select(*key, func.count()).group_by(*key))
        }
        stored = {Tally(*row) for row in connection.execute(counts.count_jobs())}
        assert stored == jobs
        assert {
            tuple(row) for row in connection.execute(counts.count_products()) if row.products
        } == {tuple(row) for row in connection.execute(products.group_by(Product.catalogue_id))}
    assert set(ledger.status()) == jobs


def any_id(engine: Engine, model: type, number: int) -> int | None:
    with engine.connect() as connection:
        ids = list(connection.scalars(select(model.id).order_by(model.id)))
    return ids[number % len(ids)] if ids else None


class World:
    """A ledger, and everything that may happen to it; ``number`` says to which row."""

    def __init__(self, engine: Engine, ledger: Ledger, clock: Clock) -> None:
        self.engine, self.ledger, self.clock = engine, ledger, clock
        self.leased: list[Claim] = []

    def add(self, number: int) -> None:
        add_product(self.engine, uuid4().hex, pictures=number % 4 + 1)

    def claim(self, number: int) -> None:
        self.leased += self.ledger.claim(limit=number % 5 + 1)

    def finish(self, number: int) -> None:
        some, self.leased = self.leased[: number % 4], self.leased[number % 4 :]
        self.ledger.finish_many([(claim, result(NAVY)) for claim in some])

    def fail(self, number: int) -> None:
        if self.leased:
            self.ledger.fail(self.leased.pop(), SLOW if number % 3 else GONE)

    def nobody(self, _: int) -> None:
        if self.leased:
            self.ledger.fail(self.leased.pop(), NOBODY)

    def release(self, _: int) -> None:
        self.ledger.release(self.leased)
        self.leased = []

    def wait(self, number: int) -> None:
        self.clock.pass_s(100.0 * number)

    def retry(self, _: int) -> None:
        retry(self.engine, Failures(), 3)

    def replace(self, number: int) -> None:
        key = any_id(self.engine, ProductImage, number)
        newer = ProductImage.generation + 1
        with self.engine.begin() as connection:
            connection.execute(
                update(ProductImage).where(ProductImage.id == key).values(generation=newer)
            )

    def mark(self, _: int) -> None:
        self.ledger.mark_dispatched(self.ledger.due(5))

    def remove(self, number: int) -> None:
        model = (Batch, Catalogue, Product, ProductImage, Job)[number % 5]
        key = any_id(self.engine, model, number)
        with self.engine.begin() as connection:
            connection.execute(delete(model).where(model.id == key))

    def undo(self, _: int) -> None:
        with self.engine.connect() as connection:
            connection.execute(delete(Job))
            connection.rollback()

    def fold(self, _: int) -> None:
        self.ledger.fold_counts()


OPERATIONS: Final = [
    name for name, value in vars(World).items() if callable(value) and name != "__init__"
]


@hypothesis_settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 30)), max_size=25))
def test_the_counts_equal_the_rows_whatever_happens(
    engine: Engine, settings: Settings, steps: list[tuple[str, int]]
) -> None:
    # What examples before have left behind is there too: the more the better.
    clock = Clock()
    ledger = Ledger(engine, settings, clock)
    world = World(engine, ledger, clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "FOLD_AT", 1)
        for name, number in [("add", 3), ("claim", 3), *steps]:
            operation: Callable[[int], None] = getattr(world, name)
            operation(number)
        check(engine, ledger)
        ledger.fold_counts()
        check(engine, ledger)


def test_the_counts_equal_the_rows_whoever_writes_beside_whom(
    engine: Engine, settings: Settings, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "FOLD_AT", 1)
    for number in range(20):
        add_product(engine, f"P-{number}", pictures=3)
    barrier = Barrier(5)

    def work(_: int) -> int:
        own = open_engine(database_url)
        ledger = Ledger(own, settings)
        barrier.wait(20)
        done = 0
        while claims := ledger.claim(limit=4):
            done += sum(ledger.finish_many([(claim, result(NAVY)) for claim in claims]))
        own.dispose()
        return done

    def sweep(_: int) -> int:
        own = open_engine(database_url)
        ledger = Ledger(own, settings)
        barrier.wait(20)
        for _ in range(20):
            ledger.fold_counts()
            assert sum(tally.jobs for tally in ledger.status()) == 60  # at every moment
        own.dispose()
        return 0

    with ThreadPoolExecutor(5) as pool:
        workers = [pool.submit(work, number) for number in range(3)]
        sweepers = [pool.submit(sweep, number) for number in range(2)]
        assert sum(future.result(120) for future in workers) == 60
        assert [future.result(120) for future in sweepers] == [0, 0]
    check(engine, Ledger(engine, settings))


def test_folding_leaves_one_row_for_each_count(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = open_engine(postgres_url)
    ledger = Ledger(engine, get_settings(database_url=postgres_url))
    batch_size = 5
    add_product(engine, pictures=batch_size)
    for claim in ledger.claim():
        ledger.finish(claim, result(NAVY))

    def rows() -> tuple[int, int]:
        with engine.connect() as connection:
            jobs = connection.scalar(select(func.count(JobCount.id)))
            return jobs or 0, connection.scalar(select(func.count(ProductCount.id))) or 0

    before = rows()
    ledger.fold_counts()
    assert rows() == before  # not worth it yet
    monkeypatch.setattr(counts, "FOLD_AT", 1)
    ledger.fold_counts()
    assert rows() == (1, 1)
    check(engine, ledger)
    engine.dispose()


def test_an_emptied_table_counts_nothing(postgres_url: str) -> None:
    engine = open_engine(postgres_url)
    ledger = Ledger(engine, get_settings(database_url=postgres_url))
    add_product(engine, pictures=3)
    with engine.begin() as connection:
        connection.execute(text("TRUNCATE products CASCADE"))
    assert ledger.status() == []
    check(engine, ledger)
    engine.dispose()


def test_a_ledger_in_use_is_counted_when_it_is_upgraded(empty_postgres_url: str) -> None:
    upgrade(empty_postgres_url, "0006")
    engine = open_engine(empty_postgres_url)
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO catalogues (id, name, created_at) VALUES (1, 'shop', now())",
            "INSERT INTO products (id, catalogue_id, sku, created_at, updated_at, enriched_at) "
            "SELECT n, 1, n, now(), now(), CASE WHEN n > 3 THEN now() END "
            "FROM generate_series(1, 10) n",
            "INSERT INTO product_images (id, product_id, position, url, generation, created_at) "
            "SELECT n, n, 0, 'http://shop.test', 1, now() FROM generate_series(1, 10) n",
            "INSERT INTO jobs (image_id, generation, state, attempts, created_at) "
            "SELECT n, 1, CASE WHEN n > 3 THEN 'done' ELSE 'pending' END, 0, now() "
            "FROM generate_series(1, 10) n",
        ):
            connection.execute(text(statement))
    upgrade(engine)
    check(engine, Ledger(engine, get_settings(database_url=empty_postgres_url)))
    engine.dispose()
