"""Enqueuing into real databases, SQLite and PostgreSQL alike."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, func, select

from producer.enqueue.enqueue import Enqueued, enqueue
from producer.feeds.product import FeedPicture, FeedProduct
from producer.feeds.record import Rejected
from shared.contracts.jobs import JobState, Trigger
from shared.contracts.stages import Code
from shared.database.models import Product, ProductImage
from shared.errors import FeedError
from shared.ledger.ledger import Ledger
from tests.support.catalogue.stored import batches, jobs, pictures, product, texts, url
from tests.support.catalogue.worked import SHOP, work
from tests.support.rows import NAVY, result


def test_a_new_feed_becomes_products_pictures_and_jobs(engine: Engine) -> None:
    feed = [
        product(
            "A", 1, 2, title="Dress", category="dresses", item_group="G", merchant_colour="Ink"
        ),
        Rejected(3, "no picture", None),
        product("B", 3),
    ]
    rejected: list[Rejected] = []
    order = replace(SHOP, trigger=Trigger.NIGHTLY)
    done = enqueue(engine, feed, order, on_reject=rejected.append)
    assert done == Enqueued(
        batch_id=done.batch_id,
        products=2,
        new_products=2,
        pictures=3,
        new_pictures=3,
        jobs=3,
        rejected=1,
    )
    assert [row.line for row in rejected] == [3]
    assert pictures(engine) == {"A": ["1@1", "2@1"], "B": ["3@1"]}
    assert texts(engine, "A") == {
        "title": "Dress",
        "category": "dresses",
        "item_group": "G",
        "merchant_colour": "Ink",
    }
    pending = (1, JobState.PENDING, None, done.batch_id)
    assert jobs(engine) == [(url(1), *pending), (url(2), *pending), (url(3), *pending)]
    assert batches(engine) == [("shop", Trigger.NIGHTLY, "feed.csv")]


def test_texts_are_kept_to_the_letter(engine: Engine) -> None:
    awkward = [
        "{a,b}",
        "NULL",
        '"',
        "\\",
        "\\N",
        "a\tb\nc",
        "%s :x {}",
        "größe 9½",
        "👗",
        "'",
        "\x7f",
    ]
    feed = [product(f"S{row}", row, title=text) for row, text in enumerate(awkward)]
    feed += [product("none", 99), product("{s,\\}", "{u},\\NULL")]
    assert enqueue(engine, feed, SHOP).jobs == len(feed)
    for row, text in enumerate(awkward):
        assert texts(engine, f"S{row}")["title"] == text
    assert texts(engine, "none")["title"] is None
    assert pictures(engine)["{s,\\}"] == ["{u},\\NULL@1"]


def test_the_same_feed_again_adds_nothing(engine: Engine, ledger: Ledger) -> None:
    feed = [product("A", 1, 2, title="Dress"), product("B", 3)]
    enqueue(engine, feed, SHOP)
    while_pending = enqueue(engine, feed, SHOP)
    assert work(ledger) == 3
    once_done = enqueue(engine, feed, SHOP)
    unchanged = Enqueued(products=2, pictures=3)
    assert while_pending == unchanged
    assert once_done == unchanged
    assert ledger.due(10) == []
    assert len(batches(engine)) == 1


def test_another_url_makes_a_new_generation_of_that_picture_only(
    engine: Engine, ledger: Ledger
) -> None:
    enqueue(engine, [product("A", 1, 2)], SHOP)
    work(ledger)
    done = enqueue(engine, [product("A", 1, "2-new")], SHOP)
    assert done == Enqueued(
        batch_id=done.batch_id, products=1, pictures=2, replaced_pictures=1, jobs=1
    )
    assert pictures(engine) == {"A": ["1@1", "2-new@2"]}
    assert [(claim.url, claim.generation) for claim in ledger.claim()] == [(url("2-new"), 2)]


def test_a_job_for_a_replaced_picture_is_closed(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1)], SHOP)
    enqueue(engine, [product("A", 2)], SHOP)
    assert [(generation, state, code) for _, generation, state, code, _ in jobs(engine)] == [
        (1, JobState.FAILED, Code.SUPERSEDED),
        (2, JobState.PENDING, None),
    ]


def test_a_job_in_work_cannot_write_once_its_picture_was_replaced(
    engine: Engine, ledger: Ledger
) -> None:
    enqueue(engine, [product("A", 1)], SHOP)
    (old,) = ledger.claim()
    enqueue(engine, [product("A", 2)], SHOP)
    assert not ledger.finish(old, result(NAVY, name="old"))
    (new,) = ledger.claim()
    assert new.url == url(2)
    assert ledger.finish(new, result(NAVY, name="new"))
    with engine.connect() as connection:
        assert connection.scalar(select(Product.crop_key)) == "new/crop.jpg"


def test_texts_follow_the_feed_and_leave_results_alone(engine: Engine, ledger: Ledger) -> None:
    first = product("A", 1, title="Dress", category="dresses", merchant_colour="Ink")
    enqueue(engine, [first], SHOP)
    work(ledger)
    done = enqueue(engine, [product("A", 1, title="Maxi dress", merchant_colour="Navy")], SHOP)
    assert (done.changed_products, done.jobs) == (1, 0)
    assert texts(engine, "A") == {
        "title": "Maxi dress",
        "category": "dresses",  # the second feed does not say
        "item_group": None,
        "merchant_colour": "Navy",
    }
    with engine.connect() as connection:
        assert connection.scalar(select(Product.colour_hex)) == NAVY.hex
    assert enqueue(engine, [product("A", 1, title="Maxi dress")], SHOP).changed_products == 0


def test_changes_of_different_columns_share_a_chunk(engine: Engine) -> None:
    skus = "ABCD"
    enqueue(engine, [product(sku, sku, title="old", category="old") for sku in skus], SHOP)
    changes = [{"title": "new"}, {"category": "new"}, {"title": "new", "category": "new"}, {}]
    feed = [product(sku, sku, **change) for sku, change in zip(skus, changes, strict=True)]
    assert enqueue(engine, feed, SHOP).changed_products == 3
    for sku, change in zip(skus, changes, strict=True):
        old = {"title": "old", "category": "old", "item_group": None, "merchant_colour": None}
        assert texts(engine, sku) == old | change


def test_roles_are_written_without_a_new_job(engine: Engine) -> None:
    def feed(role: str | None) -> list[FeedProduct]:
        return [FeedProduct(1, "A", pictures=[FeedPicture(url(1), role)])]

    enqueue(engine, feed(None), SHOP)
    assert enqueue(engine, feed("front"), SHOP).jobs == 0
    enqueue(engine, feed(None), SHOP)
    with engine.connect() as connection:
        assert connection.scalar(select(ProductImage.role)) == "front"


@pytest.mark.usefixtures("small_chunks")
def test_rows_of_one_sku_may_stand_far_apart(engine: Engine) -> None:
    feed = [
        product("A", 1, title="Dress"),
        *(product(f"B{number}", number) for number in range(10, 18)),
        product("A", 2, 1, title="ignored", category="dresses"),
        product("C", 3),
        product("A", 4),
        product("A", 5),
    ]
    done = enqueue(engine, feed, SHOP)
    assert (done.products, done.new_products, done.pictures, done.jobs) == (10, 10, 13, 13)
    assert pictures(engine)["A"] == ["1@1", "2@1", "4@1", "5@1"]
    assert texts(engine, "A")["title"] == "Dress"
    assert texts(engine, "A")["category"] == "dresses"
    again = enqueue(engine, feed, SHOP)
    assert again == Enqueued(products=10, pictures=13)


def test_a_picture_that_is_no_longer_named_goes_with_its_job(
    engine: Engine, ledger: Ledger
) -> None:
    enqueue(engine, [product("A", 1, 2, 3), product("B", 4, 5)], SHOP)
    done = enqueue(engine, [product("A", 1)], SHOP)
    assert done.removed_pictures == 2
    assert pictures(engine) == {"A": ["1@1"], "B": ["4@1", "5@1"]}  # B stands in another feed
    assert [claim.url for claim in ledger.claim()] == [url(1), url(4), url(5)]


def test_a_worker_may_finish_a_picture_that_went(engine: Engine, ledger: Ledger) -> None:
    enqueue(engine, [product("A", 1, 2)], SHOP)
    first, second = ledger.claim()
    enqueue(engine, [product("A", 1)], SHOP)
    assert ledger.finish(first, result(NAVY))
    assert not ledger.finish(second, result(NAVY))


def test_nothing_goes_when_the_feed_was_not_read_whole(engine: Engine) -> None:
    enqueue(engine, [product("A", 1, 2), product("B", 3, 4)], SHOP)
    limited = enqueue(engine, [product("A", 1), product("B", 3)], replace(SHOP, limit=1))
    assert (limited.products, limited.removed_pictures) == (1, 0)

    def breaking_off():
        yield product("A", 1)
        raise FeedError("damaged")

    with pytest.raises(FeedError, match="damaged"):
        enqueue(engine, breaking_off(), SHOP)
    with_reject = [Rejected(2, "bad URL", None, "A"), product("A", 1), product("B", 3)]
    assert enqueue(engine, with_reject, SHOP).removed_pictures == 1
    assert pictures(engine) == {"A": ["1@1", "2@1"], "B": ["3@1"]}


def test_limit_counts_products(engine: Engine) -> None:
    feed = [product(sku, sku) for sku in "ABCDE"]
    assert enqueue(engine, iter(feed), replace(SHOP, limit=3)).jobs == 3
    assert sorted(pictures(engine)) == ["A", "B", "C"]


@pytest.mark.usefixtures("small_chunks")
def test_a_dry_run_counts_the_same_and_writes_nothing(engine: Engine) -> None:
    first = [product(sku, 1, 2, title="x") for sku in "ABCDEFG"] + [product("A", 9)]
    second = [product("A", 1, "new", title="y"), product("B", 1), product("H", 3), product("H", 4)]
    for feed in (first, second):
        before = (pictures(engine), jobs(engine), batches(engine))
        foreseen = enqueue(engine, feed, replace(SHOP, dry_run=True))
        assert (pictures(engine), jobs(engine), batches(engine)) == before
        assert foreseen == replace(enqueue(engine, feed, SHOP), batch_id=None)
    assert pictures(engine)["A"] == ["1@1", "new@2"]


def test_catalogues_do_not_know_each_other(engine: Engine) -> None:
    enqueue(engine, [product("A", 1)], SHOP)
    assert enqueue(engine, [product("A", 2)], replace(SHOP, catalogue="other")).new_products == 1
    with engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Product)) == 2


def test_a_failing_chunk_leaves_nothing_of_itself(
    engine: Engine, small_chunks: None, ledger: Ledger
) -> None:
    feed = [product(f"S{number}", number) for number in range(3)]
    feed += [product("T", 7), FeedProduct(9, "X" * 5, pictures=[FeedPicture(url(1), "\0")])]
    if engine.dialect.name == "sqlite":  # it would store the zero byte; no sku at all it refuses
        feed[-1].sku = None  # type: ignore[assignment]
    with pytest.raises(Exception, match=r"NUL|NoneType"):
        enqueue(engine, feed, SHOP)
    assert sorted(pictures(engine)) == ["S0", "S1", "S2"]
    assert enqueue(engine, feed[:4], SHOP).jobs == 1


def test_progress_is_told_after_every_chunk(engine: Engine, small_chunks: None) -> None:
    told: list[int] = []
    feed = [product(f"S{number}", number) for number in range(7)]
    enqueue(engine, feed, SHOP, on_progress=lambda done: told.append(done.products))
    assert told == [3, 6, 7]
