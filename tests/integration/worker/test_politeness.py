"""How a worker treats the servers that it fetches from: real servers, one of which has enough."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult
from shared.contracts.stages import Code
from shared.database.models import Job, ProductImage
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.picture_server import PictureServer
from tests.support.rows import NAVY, add_product, result
from worker.runtime.runner import process
from worker.stages.fetch import Fetcher


class FetchedPipeline:
    """Fetches for real; whatever came is a result."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher

    def load(self, claim: Claim) -> Any:
        self._fetcher.fetch(claim.url)
        return claim

    def analyse(self, loaded: Any) -> Any:
        return loaded

    def finish(self, inference: Claim) -> PictureResult:
        return result(NAVY, name=f"p{inference.position}")


@pytest.fixture
def pipeline() -> Generator[FetchedPipeline]:
    settings = get_settings(allowed_networks="127.0.0.0/8", fetch_timeout_s=2.0)
    with Fetcher(settings, Path()) as fetcher:
        yield FetchedPipeline(fetcher)


@pytest.fixture
def servers() -> Generator[tuple[PictureServer, PictureServer]]:
    with PictureServer() as one, PictureServer() as other:
        yield one, other


def add_pictures(engine: Engine, urls: list[str]) -> None:
    jobs = add_product(engine, pictures=len(urls))
    with engine.begin() as connection:
        for job_id, url in zip(jobs, urls, strict=True):
            image = select(Job.image_id).where(Job.id == job_id).scalar_subquery()
            connection.execute(update(ProductImage).where(ProductImage.id == image).values(url=url))


def rows(engine: Engine) -> list[tuple[JobState, int, Code | None]]:
    with engine.connect() as connection:
        query = select(Job.state, Job.attempts, Job.code).order_by(Job.id)
        return [tuple(row) for row in connection.execute(query)]


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_has_enough_is_left_alone_and_the_others_go_on(
    engine: Engine,
    pipeline: FetchedPipeline,
    servers: tuple[PictureServer, PictureServer],
    status: int,
) -> None:
    full, free = servers
    answer = full.url(f"/status/{status}?retry_after=600")
    add_pictures(engine, [answer, *[full.url()] * 8, *[free.url()] * 8])
    ledger = Ledger(engine, get_settings(max_attempts=1))

    # One thread, so that the first answer is there before anything else is asked of that host.
    process(ledger, ledger.claim(limit=1), pipeline, threads=1)
    process(ledger, ledger.claim(), pipeline, threads=4)

    assert full.hits == {f"/status/{status}": 1}
    assert free.hits == {"/good.jpg": 8}
    assert rows(engine) == [
        *[(JobState.RETRY, 0, Code.FETCH_THROTTLED)] * 9,
        *[(JobState.DONE, 1, Code.OK)] * 8,
    ]
    assert ledger.claim() == []


def test_the_rest_of_a_chunk_is_put_off_as_soon_as_its_host_says_so(
    engine: Engine, pipeline: FetchedPipeline, servers: tuple[PictureServer, PictureServer]
) -> None:
    full, free = servers
    add_pictures(engine, [*[full.url("/status/429?retry_after=600")] * 30, free.url()])
    ledger = Ledger(engine, get_settings())

    process(ledger, ledger.claim(limit=64), pipeline, threads=2)

    assert full.hits["/status/429"] <= 3  # one at a time, and what was begun meanwhile
    assert rows(engine) == [
        *[(JobState.RETRY, 0, Code.FETCH_THROTTLED)] * 30,
        (JobState.DONE, 1, Code.OK),
    ]


def test_a_slow_host_leaves_a_thread_to_the_others(
    engine: Engine, pipeline: FetchedPipeline, servers: tuple[PictureServer, PictureServer]
) -> None:
    slow, free = servers
    add_pictures(engine, [*[slow.url("/silent")] * 4, *[free.url()] * 6])
    ledger = Ledger(engine, get_settings())
    order: list[int] = []

    process(
        ledger, ledger.claim(), pipeline, lambda claim, _state, _outcome, _seconds:
        order.append(claim.position), threads=3,
    )  # fmt: skip

    # Both threads that the slow host may have wait for it two seconds; the third does the rest.
    assert sorted(order[:6]) == [4, 5, 6, 7, 8, 9]
    assert sorted(order[6:]) == [0, 1, 2, 3]
    states = rows(engine)
    assert states[4:] == [(JobState.DONE, 1, Code.OK)] * 6
    assert {(state, code) for state, _, code in states[:4]} == {
        (JobState.RETRY, Code.FETCH_TIMEOUT)
    }
    assert sum(attempts for _, attempts, _ in states[:4]) <= 2  # then its host is to blame


def test_a_host_that_times_out_again_and_again_is_left_alone(
    engine: Engine, pipeline: FetchedPipeline, servers: tuple[PictureServer, PictureServer]
) -> None:
    silent, free = servers
    add_pictures(engine, [*[silent.url("/silent")] * 20, *[free.url()] * 8])
    ledger = Ledger(engine, get_settings(max_attempts=3))

    process(ledger, ledger.claim(limit=64), pipeline, threads=4)

    # Two may count, since a picture may be slow by itself; the third is one too many.
    states = rows(engine)
    assert states[20:] == [(JobState.DONE, 1, Code.OK)] * 8
    assert {(state, code) for state, _, code in states[:20]} == {
        (JobState.RETRY, Code.FETCH_TIMEOUT)
    }
    assert sum(attempts for _, attempts, _ in states[:20]) <= 2
    assert silent.hits["/silent"] <= 6  # three at a time
    assert ledger.claim() == []


def test_one_picture_that_is_always_slow_costs_itself_only(
    engine: Engine, pipeline: FetchedPipeline, servers: tuple[PictureServer, PictureServer]
) -> None:
    slow, _ = servers
    add_pictures(engine, [slow.url("/silent")])
    ledger = Ledger(engine, get_settings(max_attempts=2, backoff_s=0.01))

    for _ in range(2):
        while not (claims := ledger.claim()):
            pass
        process(ledger, claims, pipeline, threads=1)

    assert rows(engine) == [(JobState.QUARANTINED, 2, Code.FETCH_TIMEOUT)]
