"""A shop on a web server that a night asks about, and a worker that needs no networks."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from producer.enqueue.feed_file import FeedFile
from producer.nightly.run import Night, run_night
from shared.contracts.jobs import JobState
from shared.contracts.results import PictureResult
from shared.contracts.stages import Code, Stage
from shared.database.models import Job, Product
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import Settings, get_settings
from shared.storage.storage import FolderStorage
from shared.storage.watched import WatchedStorage
from tests.support.concluding_pipeline import without_networks
from tests.support.picture_server import PICTURE, PictureServer
from tests.support.rows import NAVY, Clock, result
from worker.pipeline import Loaded, Pipeline
from worker.runtime.runner import process
from worker.stages.fetch import Fetcher

TAGGED, UNTAGGED, CHANGING, GOING, NOBODY = "tagged", "untagged", "changing", "going", "nobody"
SKUS = (TAGGED, UNTAGGED, CHANGING, GOING, NOBODY)


class WithoutNetworks(Pipeline):
    """The real stages up to the networks; whatever is decoded is navy, or shows nobody."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        super().__init__(
            analyzer=without_networks(settings),
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
