"""A night: feeds and rechecks together, against a real web server, on SQLite and PostgreSQL."""

from collections.abc import Generator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from sqlalchemy import Engine, select

from producer.enqueue.feed_file import FeedFile
from producer.nightly.catalogue_lock import CatalogueLockedError, catalogue_lock
from producer.nightly.run import Hooks, Night, last_night, run_night
from shared.catalogue.pieces import Pieces
from shared.colour.naming import Naming
from shared.contracts.jobs import JobState, Trigger
from shared.contracts.results import PictureResult
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import Job, Product
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import Settings, get_settings
from shared.storage.storage import FolderStorage
from shared.storage.watched import WatchedStorage
from tests.support.catalogue.shell import Shell
from tests.support.catalogue.stored import batches, jobs
from tests.support.picture_server import PICTURE, PictureServer
from tests.support.pictures import encode, smooth
from tests.support.rows import NAVY, Clock, result
from tests.support.services.s3 import Bucket
from worker.analysis.analyzer import Analyzer
from worker.pipeline import Loaded, Pipeline
from worker.runtime.runner import process
from worker.stages.fetch import Fetcher

NEW = encode(smooth(40, 30), "JPEG")
BROKEN = PICTURE[: len(PICTURE) // 2]
TAGGED, UNTAGGED, CHANGING, GOING, NOBODY = "tagged", "untagged", "changing", "going", "nobody"
SKUS = (TAGGED, UNTAGGED, CHANGING, GOING, NOBODY)


class WithoutNetworks(Pipeline):
    """The real stages up to the networks; whatever is decoded is navy, or shows nobody."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        nothing: Any = None
        super().__init__(
            analyzer=Analyzer(
                nothing, Naming.load(settings.naming), Pieces.load(settings.pieces), settings
            ),
            fetcher=Fetcher(settings),
            storage=WatchedStorage(FolderStorage(folder)),
            settings=settings,
        )
        self.looked_at: list[str] = []

    def analyse(self, loaded: Loaded) -> Any:
        self.looked_at.append(loaded.claim.sku)
        if loaded.claim.sku == NOBODY:
            nobody = (Stage.MASK, Code.NO_PERSON, "nobody")
            raise StageError(*nobody, seen=loaded.fetched.seen)
        return loaded

    def finish(self, inference: Any) -> PictureResult:
        seen = inference.fetched.seen
        return replace(result(NAVY), image_sha256=seen.sha256, seen=seen)


class Shop:
    """A shop with five pictures on a web server, its ledger, and a worker that is asked to work."""

    def __init__(self, server: PictureServer, engine: Engine, url: str, folder: Path) -> None:
        self.server, self.engine, self.clock = server, engine, Clock()
        settings = get_settings(database_url=url, allowed_networks="127.0.0.0/8")
        self.ledger = Ledger(engine, settings, self.clock)
        self.pipeline = WithoutNetworks(settings, folder / "pictures")
        self.feed = folder / "feed.csv"
        for sku in SKUS:
            self.put(sku)
        self.write_feed(*SKUS)

    def put(self, sku: str, content: bytes = PICTURE, version: int = 1) -> str:
        tags = {} if sku == UNTAGGED else {"ETag": f'"{version}"'}
        return self.server.put(f"{sku}.jpg", content, **tags)

    def write_feed(self, *skus: str) -> None:
        rows = [f"{sku},{self.server.url(f'/shelf/{sku}.jpg')}" for sku in skus]
        self.feed.write_text("\n".join(["sku,image", *rows]) + "\n")

    def night(self, **options: Any) -> Night:
        return Night("shop", (FeedFile(str(self.feed)),), 20.0, **options)

    def run(self, **options: Any) -> tuple[int, int]:
        done = run_night(self.engine, self.night(**options), clock=self.clock)
        return done.jobs, done.rechecks

    def work(self) -> None:
        """Bring every job to its end, or to where it waits."""
        self.server.answers.clear()
        self.pipeline.looked_at.clear()
        while claims := self.ledger.claim():
            process(self.ledger, claims, self.pipeline, threads=1)

    def states(self) -> dict[str, tuple[JobState, Code | None]]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(Product.sku, Job.state, Job.code)
                .join_from(Job, Product, Job.image_id == Product.id)  # one picture each
                .order_by(Job.id)
            )
            return {row.sku: (row.state, row.code) for row in rows}


@pytest.fixture
def shop(engine: Engine, database_url: str, tmp_path: Path) -> Generator[Shop]:
    with PictureServer() as server:
        made = Shop(server, engine, database_url, tmp_path)
        yield made
        made.pipeline.close()


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


# The command


@pytest.fixture
def command(shop: Shop, shell: Shell, database_url: str) -> Shell:
    shell.set(
        DATABASE_URL=database_url,
        COLOURWAY_NIGHTLY_CATALOGUE="shop",
        COLOURWAY_NIGHTLY_FEED=f" {shop.feed}, ",
    )
    return shell


def test_the_command_does_a_night_by_the_settings(
    shop: Shop, command: Shell, redis_url: str
) -> None:
    command.set(CELERY_BROKER_URL=redis_url)
    foreseen = command.answer("nightly", "--dry-run")
    assert (foreseen["dry_run"], foreseen["jobs"], foreseen["dispatched"]) == (True, 5, 0)
    assert shop.states() == {}

    told = command.call("nightly")
    assert told.exit_code == 0
    assert told.out.splitlines() == [
        f"{shop.feed}: 5 products; rows rejected: 0; pictures: 5 new, 0 replaced, 0 removed",
        "jobs added: 5; rechecks added: 0",
        "time: no estimate yet, too few jobs of these kinds have been done",
        "dispatched 5 jobs to the workers; `colourway status --watch` shows how far they are",
    ]
    shop.work()  # in March, by the shop's clock

    done = command.answer("nightly")
    assert (done["catalogue"], done["jobs"], done["rechecks"], done["dispatched"]) == (
        "shop",
        0,
        5,
        5,
    )
    assert done["feeds"][0]["source"] == str(shop.feed)
    assert done["feeds"][0]["products"] == 5


def test_other_feeds_another_catalogue_and_columns_of_their_own(
    command: Shell, tmp_path: Path, engine: Engine
) -> None:
    feed = tmp_path / "own.csv"
    feed.write_text("Artikel;Bild\nA;https://a.example/1.jpg\n")
    words = ["nightly", feed, "--catalogue", "own", "--recheck-after", "0"]
    columns = ["--sku-column", "Artikel", "--picture-column", "Bild"]

    done = command.answer(*words, *columns)
    assert (done["catalogue"], done["jobs"], done["rechecks"]) == ("own", 1, 0)
    assert batches(engine) == [("own", Trigger.NIGHTLY, str(feed))]


def test_a_missing_feed_and_a_missing_catalogue_are_told(command: Shell, shop: Shop) -> None:
    said = command.call("nightly", "none.csv", shop.feed)
    assert said.exit_code == 1
    assert "none.csv: there is no such file" in said.err
    assert "jobs added: 5" in said.out

    command.set(COLOURWAY_NIGHTLY_FEED="")
    said = command.call("nightly", "--catalogue", "winter")
    assert said.exit_code == 2
    assert "--catalogue 'winter': there is no such catalogue; there are: shop" in said.err


def test_a_run_beside_another_is_refused(command: Shell, engine: Engine) -> None:
    with catalogue_lock(engine, "shop"):
        said = command.call("nightly")
    assert said.exit_code == 1
    assert "another nightly run of catalogue 'shop' is in progress" in said.err


def test_a_feed_in_an_object_store(
    moto_bucket: Bucket, command: Shell, shop: Shop, engine: Engine
) -> None:
    command.set(**moto_bucket.environment)
    client = boto3.session.Session().client("s3")
    client.upload_file(str(shop.feed), moto_bucket.name, "feeds/spring.csv")
    url = f"s3://{moto_bucket.name}/feeds/spring.csv"

    done = command.answer("nightly", url)
    assert (done["jobs"], done["feeds"][0]["failure"]) == (5, None)
    assert batches(engine) == [("shop", Trigger.NIGHTLY, url)]

    said = command.call("nightly", f"{url}x")
    assert said.exit_code == 1
    assert f"{url}x: nothing is stored under" in said.err
