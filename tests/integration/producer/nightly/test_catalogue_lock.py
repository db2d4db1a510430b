"""Whatever feeds come one after the other: the database says what the last of them said."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete, func, select

from producer.enqueue import enqueue as module
from producer.enqueue.enqueue import Order, enqueue
from producer.feeds.product import FeedProduct
from shared.contracts.jobs import JobState
from shared.database.engine import open_engine, upgrade
from shared.database.models import Catalogue, Job, ProductImage
from tests.support.catalogue.stored import pictures, product

Row = tuple[str, list[int]]

ROWS = st.tuples(st.sampled_from("ABCD"), st.lists(st.integers(0, 5), min_size=1, max_size=4))
FEEDS = st.lists(st.lists(ROWS, max_size=7), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Generator[Engine]:
    path: Path = tmp_path_factory.mktemp("feeds") / "colourway.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PRODUCTS_AT_ONCE", 2)
        yield


def expected(feed: list[Row]) -> dict[str, list[str]]:
    named: dict[str, list[str]] = {}
    for sku, numbers in feed:
        known = named.setdefault(sku, [])
        known += [str(number) for number in dict.fromkeys(numbers) if str(number) not in known]
    return named


def products(feed: list[Row]) -> list[FeedProduct]:
    return [product(sku, *dict.fromkeys(numbers)) for sku, numbers in feed]


@settings(max_examples=60)
@given(FEEDS)
def test_the_last_feed_holds(sqlite: Engine, feeds: list[list[Row]]) -> None:
    with sqlite.begin() as connection:
        connection.execute(delete(Catalogue))
    said: dict[str, list[str]] = {}
    for feed in feeds:
        said |= expected(feed)
        foreseen = enqueue(sqlite, products(feed), Order("shop", dry_run=True))
        done = enqueue(sqlite, products(feed), Order("shop"))
        if len({sku for sku, _ in feed}) == len(feed):  # else a dry run may count one twice
            assert foreseen == replace(done, batch_id=None)
        stored = {
            sku: [name.partition("@")[0] for name in names]
            for sku, names in pictures(sqlite).items()
        }
        assert stored == said
        assert done.jobs == done.new_pictures + done.replaced_pictures
        again = enqueue(sqlite, products(feed), Order("shop"))
        assert (again.jobs, again.changed_products, again.removed_pictures) == (0, 0, 0)
        assert (again.products, again.pictures) == (done.products, done.pictures)
    with sqlite.connect() as connection:
        waiting = connection.scalar(
            select(func.count())
            .select_from(Job)
            .join(ProductImage, ProductImage.id == Job.image_id)
            .where(Job.state == JobState.PENDING, Job.generation == ProductImage.generation)
        )
        assert waiting == sum(map(len, said.values()))
