"""A night: feeds and rechecks together, against a real web server, on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.feed_file import FeedFile
from producer.nightly.catalogue_lock import CatalogueLockedError, catalogue_lock
from producer.nightly.run import Hooks, last_night, run_night
from shared.contracts.jobs import JobState, Trigger
from shared.contracts.stages import Code
from shared.database.engine import open_engine
from shared.database.models import Product
from tests.support.catalogue.nightly import (
    CHANGING,
    GOING,
    NOBODY,
    SKUS,
    TAGGED,
    UNTAGGED,
    Shop,
    shop,
)
from tests.support.catalogue.stored import batches, jobs
from tests.support.picture_server import PICTURE
from tests.support.pictures import encode, smooth

__all__ = ["shop"]  # a fixture

NEW = encode(smooth(40, 30), "JPEG")
BROKEN = PICTURE[: len(PICTURE) // 2]


def test_three_nights(shop: Shop, engine: Engine) -> None:
    assert shop.run() == (5, 0)
    shop.work()
    assert shop.pipeline.looked_at == list(SKUS)
    assert shop.server.answers == [(200, len(PICTURE))] * 5

    # The second night: one picture is another, one went, one product is new, the rest is the same.
    shop.clock.pass_s(86_400)
    shop.put(CHANGING, NEW, version=2)
    del shop.server.state.shelf[f"{GOING}.jpg"]
    shop.put("new")
    shop.write_feed(*SKUS, "new")
    assert shop.run() == (1, 5)
    assert len(jobs(engine)) == 6  # a night adds jobs for what is new alone
    shop.work()
    assert sorted(shop.pipeline.looked_at) == [CHANGING, "new"]
    assert sorted(shop.server.answers)[:5] == [
        *[(200, len(NEW))],
        *[(200, len(PICTURE))] * 2,  # what is new, and what gives nothing to ask by
        *[(304, 0)] * 2,
    ]
    assert shop.states() == {
        TAGGED: (JobState.DONE, Code.UNCHANGED),
        UNTAGGED: (JobState.DONE, Code.UNCHANGED),
        CHANGING: (JobState.DONE, Code.OK),
        GOING: (JobState.FAILED, Code.FETCH_NOT_FOUND),
        NOBODY: (JobState.NO_PERSON, Code.UNCHANGED),
        "new": (JobState.DONE, Code.OK),
    }
    with engine.connect() as connection:
        skus = connection.scalars(select(Product.sku).where(Product.colour_family == "navy"))
        assert set(skus) == {TAGGED, UNTAGGED, CHANGING, GOING, "new"}  # it keeps what it had
    assert batches(engine) == [("shop", Trigger.NIGHTLY, str(shop.feed))] * 2

    # The third: it is back as it was, and another picture is damaged.
    shop.clock.pass_s(86_400)
    shop.put(GOING)
    shop.put(UNTAGGED, BROKEN)
    assert shop.run() == (0, 6)
    shop.work()
    assert shop.pipeline.looked_at == []
    assert shop.states()[GOING] == (JobState.DONE, Code.UNCHANGED)
    assert shop.states()[UNTAGGED][0] is JobState.FAILED
    assert (304, 0) in shop.server.answers
    assert sum(size for _, size in shop.server.answers) == len(BROKEN)


def test_twice_in_one_night_nothing_is_asked_twice(shop: Shop, engine: Engine) -> None:
    shop.run()
    assert shop.run() == (0, 0)  # all of it waits already
    shop.work()
    assert shop.run() == (0, 0)
    shop.clock.pass_s(86_400)
    assert shop.run() == (0, 5)
    assert shop.run() == (0, 0)
    shop.work()
    assert shop.run() == (0, 0)
    assert shop.run(limit=2) == (0, 0)


def test_a_limit_a_dry_run_and_never(shop: Shop, engine: Engine) -> None:
    shop.run()
    shop.work()
    shop.clock.pass_s(86_400)
    before = jobs(engine)
    last = last_night(engine, "shop")

    assert shop.run(dry_run=True) == (0, 5)
    assert (jobs(engine), last_night(engine, "shop")) == (before, last)
    assert run_night(engine, replace(shop.night(), recheck_after_h=0.0)).rechecks == 0
    assert shop.run(limit=2) == (0, 2)
    assert shop.run() == (0, 3)


def test_a_feed_that_fails_costs_itself_only(shop: Shop, engine: Engine, tmp_path: Path) -> None:
    shop.run()
    shop.work()
    shop.clock.pass_s(86_400)
    bad = tmp_path / "bad.csv"
    bad.write_text("sku,image\nA,gopher://a.example/1.jpg\n")
    feeds = (FeedFile(str(tmp_path / "none.csv")), FeedFile(str(bad)), FeedFile(str(shop.feed)))
    rows: list[tuple[str, int]] = []

    hooks = Hooks(on_reject=lambda source, row: rows.append((source, row.line)))
    done = run_night(engine, replace(shop.night(), feeds=feeds), hooks, shop.clock)

    assert [(feed.source, feed.failure is not None) for feed in done.feeds] == [
        (feeds[0].source, True),
        (feeds[1].source, True),
        (feeds[2].source, False),
    ]
    assert "no such file" in str(done.feeds[0].failure)
    assert rows == [(str(bad), 2)]
    assert done.rechecks == 5
    assert last_night(engine, "shop") == shop.clock.now


def test_a_night_that_was_cut_short_is_no_whole_one_and_goes_on(shop: Shop, engine: Engine) -> None:
    began = shop.clock.now
    shop.run()
    shop.work()
    shop.clock.pass_s(86_400)

    def stop(_jobs: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_night(engine, shop.night(), Hooks(on_recheck=stop), shop.clock)
    assert last_night(engine, "shop") == began
    shop.clock.pass_s(60)
    assert shop.run() == (0, 0)  # all rechecks of the first page had been added
    assert last_night(engine, "shop") == began + timedelta(seconds=86_460)


def test_one_run_of_a_catalogue_at_a_time(shop: Shop, engine: Engine, database_url: str) -> None:
    other = open_engine(database_url)
    with catalogue_lock(other, "shop"):
        with pytest.raises(CatalogueLockedError, match="another nightly run of catalogue 'shop'"):
            shop.run()
        if engine.dialect.name == "postgresql":
            assert run_night(engine, replace(shop.night(), catalogue="other")).jobs == 5
    assert shop.run() == (5, 0)
    assert run_night(other, shop.night(), clock=shop.clock).jobs == 0
    other.dispose()
