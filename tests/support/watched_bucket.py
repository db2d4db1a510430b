"""A bucket of SeaweedFS, plain or with versions, and the ledger to which its events go."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select

from producer.uploads.apply import Effect, Uploads
from producer.uploads.s3_formats import read_events
from shared.database.models import ProductImage, Upload
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.catalogue.stored import jobs
from tests.support.catalogue.uploading import uploads
from tests.support.rows import NAVY, result
from tests.support.services import Absent, tell_absent
from tests.support.services.seaweedfs import SeaweedFS, seaweedfs

KEY = "summer dresses/50% off.png"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Generator[SeaweedFS]:
    try:
        with seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as started:
            yield started
    except Absent as reason:
        tell_absent("SeaweedFS", None, reason, is_pinned=True)


@pytest.fixture(autouse=True)
def asked(store: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in store.variables.items():
        monkeypatch.setenv(name, value)


@dataclass
class Watched:
    """A bucket, and the ledger to which its events go."""

    store: SeaweedFS
    name: str
    engine: Engine

    @cached_property
    def applier(self) -> Uploads:
        return uploads(self.engine, "{catalogue}/{sku}.png")

    def put(self, content: str, key: str = KEY) -> str | None:
        body = content.encode()
        answer = self.store.s3.put_object(Bucket=self.name, Key=key, Body=body)
        return answer.get("VersionId")

    def delete(self, key: str = KEY, **version: str) -> str | None:
        return self.store.s3.delete_object(Bucket=self.name, Key=key, **version).get("VersionId")

    def apply(self, bodies: Sequence[bytes]) -> list[str]:
        """Apply messages in this order; return what became of those that matter."""
        applied = [self.applier.apply(record) for body in bodies for record in read_events(body)]
        return [one.effect.value for one in applied if one.effect is not Effect.IGNORED]

    def tell(self, order: Callable[[list[bytes]], list[bytes]] = list) -> list[str]:
        return self.apply(order(self.store.events()))

    def finish_jobs(self) -> None:
        ledger = Ledger(self.engine, get_settings())
        for claim in ledger.claim():
            assert ledger.finish(claim, result(NAVY, name=claim.sku))

    def open_jobs(self) -> int:
        return sum(state == "pending" for _, _, state, *_ in jobs(self.engine))

    def shown(self) -> set[str]:
        with self.engine.connect() as connection:
            urls = connection.scalars(select(ProductImage.url))
            return {url.removeprefix(f"s3://{self.name}/") for url in urls}

    def noted(self, key: str = KEY) -> tuple[str | None, str | None]:
        """Return the version and the eTag that were last seen of an object."""
        query = select(Upload.version, Upload.etag).where(
            Upload.bucket == self.name, Upload.key == key
        )
        with self.engine.connect() as connection:
            version, etag = connection.execute(query).one()
        return version, etag


@pytest.fixture
def plain(store: SeaweedFS, engine: Engine) -> Watched:
    name = store.new_bucket(f"plain-{uuid4().hex[:8]}")
    store.events()
    return Watched(store, name, engine)


@pytest.fixture
def kept(store: SeaweedFS, engine: Engine) -> Watched:
    name = store.new_bucket(f"kept-{uuid4().hex[:8]}", versions=True)
    store.events()
    return Watched(store, name, engine)
