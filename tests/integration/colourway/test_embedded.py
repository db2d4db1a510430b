"""Embedded mode processes one catalogue, resumes, waits, stops, and never runs twice at once."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Event
from typing import Any, cast

import pytest
from sqlalchemy import update

from colourway.embedded import Home, HomeInUseError, Worker, open_home
from colourway.picture_report import read_outcomes, summarise
from shared.cli.stop_signals import stop_on_signal
from shared.contracts.jobs import Claim, JobState
from shared.contracts.results import PictureResult, Region
from shared.contracts.stages import Code, Stage
from shared.database.models import Job, utc_now
from shared.errors import SchemaError, StageError, StorageError
from shared.outage import Outage, Tell
from shared.settings import Settings, get_settings
from tests.support.catalogue.demo_rows import PlainPipeline, add_catalogue

GOOD = [f"http://shop.test/{number}" for number in range(5)]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return get_settings(home=tmp_path / "home", backoff_s=0.2, chunk_size=3)


@pytest.fixture
def home(settings: Settings) -> Iterator[Home]:
    with open_home(settings) as opened:
        yield opened


def worker(home: Home, settings: Settings, pipeline: PlainPipeline, **options: Any) -> Worker:
    return Worker(home, cast("Any", pipeline), settings, "spring", **options)


def nothing(*_: object) -> None:
    return


def test_a_run_ends_when_every_picture_has_its_outcome(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", [*GOOD, "http://shop.test/gone"])
    heard: list[tuple[str, JobState]] = []
    work = worker(home, settings, PlainPipeline()).work(
        lambda claim, state, _: heard.append((claim.url, state))
    )
    assert (work.processed, work.failed, work.unfinished, work.interrupted) == (6, 1, 0, False)
    assert sorted(heard) == sorted(
        [*((url, JobState.DONE) for url in GOOD), ("http://shop.test/gone", JobState.FAILED)]
    )
    summary = summarise(home.engine, "spring")
    assert summary.states == {JobState.DONE: 5, JobState.FAILED: 1}
    assert summary.codes == {Code.OK: 5, Code.FETCH_NOT_FOUND: 1}
    assert summary.families == {"navy": 5}
    assert summary.subjects == {"person": 5}


def test_a_second_run_does_nothing(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", GOOD)
    worker(home, settings, PlainPipeline()).work(nothing)
    pipeline = PlainPipeline()
    assert worker(home, settings, pipeline).work(nothing).processed == 0
    assert pipeline.loaded == []


def test_a_deferred_picture_is_waited_for(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", ["http://shop.test/busy/1", "http://shop.test/busy/9"])
    waits: list[object] = []
    work = worker(home, settings, PlainPipeline()).work(nothing, waits.append)
    assert work.unfinished == 0
    assert waits
    states = {o.url: (o.state, o.attempts) for o in read_outcomes(home.engine, "spring")}
    assert states == {
        "http://shop.test/busy/1": (JobState.DONE, 2),
        "http://shop.test/busy/9": (JobState.QUARANTINED, 3),
    }


def test_without_waiting_a_deferred_picture_stays_unfinished(
    home: Home, settings: Settings
) -> None:
    add_catalogue(home.engine, "spring", [*GOOD, "http://shop.test/busy/1"])
    work = worker(home, settings, PlainPipeline(), wait=False).work(nothing)
    assert (work.processed, work.unfinished) == (5, 1)


def test_a_limit_ends_the_run_and_the_next_one_goes_on(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", GOOD)
    first, second = PlainPipeline(), PlainPipeline()
    assert worker(home, settings, first, limit=2).work(nothing).unfinished == 3
    assert worker(home, settings, second).work(nothing).processed == 3
    assert sorted(first.loaded + second.loaded) == GOOD


def test_another_catalogue_in_the_same_home_is_left_alone(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", GOOD[:1])
    add_catalogue(home.engine, "autumn", GOOD[1:])
    pipeline = PlainPipeline()
    worker(home, settings, pipeline).work(nothing)
    assert pipeline.loaded == GOOD[:1]
    assert summarise(home.engine, "autumn").unfinished == 4


def test_leases_of_a_killed_run_are_broken_at_once(settings: Settings) -> None:
    with open_home(settings) as killed:
        add_catalogue(killed.engine, "spring", GOOD[:2])
        assert len(killed.ledger.claim()) == 2  # and then it was killed
    with open_home(settings) as home:
        work = worker(home, settings, PlainPipeline()).work(nothing)
    assert (work.processed, work.unfinished) == (2, 0)


def test_a_home_has_one_run_at_a_time(settings: Settings) -> None:
    with (
        open_home(settings),
        pytest.raises(HomeInUseError, match="another run is using"),
        open_home(settings),
    ):
        pass
    with open_home(settings) as again:
        assert again.own


def test_another_database_is_not_migrated_by_a_run(empty_postgres_url: str, tmp_path: Path) -> None:
    settings = get_settings(home=tmp_path, database_url=empty_postgres_url)
    with pytest.raises(SchemaError, match="colourway db upgrade"), open_home(settings):
        pass


def test_a_stop_finishes_loaded_pictures_and_releases_the_others(
    home: Home, settings: Settings
) -> None:
    add_catalogue(home.engine, "spring", [f"http://shop.test/{n}" for n in range(30)])
    stop = Event()
    plenty = settings.model_copy(update={"chunk_size": 32, "fetch_threads": 1})

    def stop_after_first(_claim: Claim, _state: JobState, _result: object) -> None:
        stop.set()

    class SlowPipeline(PlainPipeline):  # some are heard of before all are begun
        def finish(self, analysis: Claim) -> PictureResult:
            time.sleep(0.05)
            return super().finish(analysis)

    work = worker(home, plenty, SlowPipeline(), stop=stop).work(stop_after_first)
    assert work.interrupted
    assert 1 <= work.processed < 30
    assert work.unfinished == 30 - work.processed
    states = summarise(home.engine, "spring").states
    assert states == {JobState.DONE: work.processed, JobState.PENDING: work.unfinished}


def test_three_threads_infer_for_each_picture_of_a_batch(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", [f"http://shop.test/{n}" for n in range(12)])
    plenty = settings.model_copy(update={"chunk_size": 12})

    class Batches(PlainPipeline):
        batch = 4
        together = Barrier(12, timeout=20)

        def analyse(self, loaded: Claim) -> Claim:
            self.together.wait()
            return super().analyse(loaded)

    assert worker(home, plenty, Batches()).work(nothing).processed == 12


def test_the_first_signal_stops_and_the_second_interrupts() -> None:
    stop, said = Event(), list[str]()
    before = signal.getsignal(signal.SIGINT)
    with stop_on_signal(stop, lambda: said.append("stopping")):
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.is_set()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    assert said == ["stopping"]
    assert signal.getsignal(signal.SIGINT) is before


def test_a_report_always_shows_failures(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", [*GOOD, "http://shop.test/gone"])
    worker(home, settings, PlainPipeline()).work(nothing)
    shown = read_outcomes(home.engine, "spring", limit=3)
    assert [o.state for o in shown] == [JobState.DONE, JobState.DONE, JobState.FAILED]
    families = [[shade.family for shade in o.shades.get(Region.CLOTHES, ())] for o in shown]
    assert families == [["navy"], ["navy"], []]


def test_only_the_current_generation_counts(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", GOOD[:1])
    with home.engine.begin() as connection:
        connection.execute(update(Job).values(generation=0, finished_at=utc_now()))
    assert read_outcomes(home.engine, "spring") == []


class AwayPipeline(PlainPipeline):
    """Stores nothing until it was waited for; the store refuses every file where ``refused``."""

    def __init__(self, refused: bool = False) -> None:
        super().__init__()
        self.outage: Outage | None = Outage("there is no store", refused)

    def wait_until_able(self, stop: Event, seconds: float, tell: Tell) -> bool:
        if self.outage is None or not self.loaded:
            return True
        tell(self.outage)
        if seconds == 0:
            return False
        tell(Outage(self.outage.reason, self.outage.refused, over_s=3600.0))
        self.outage = None
        return True

    def finish(self, analysis: Claim) -> PictureResult:
        if self.outage is not None:
            reason = self.outage.reason
            raise StageError(Stage.STORE, Code.STORE_UNAVAILABLE, reason, retry=True)
        return super().finish(analysis)


def test_a_run_waits_for_its_store_and_counts_nothing(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", GOOD)
    told: list[Outage] = []
    work = worker(home, settings, AwayPipeline()).work(nothing, nothing, told.append)

    assert (work.processed, work.unfinished) == (5, 0)
    assert [outage.over_s for outage in told] == [None, 3600.0]
    assert {outcome.attempts for outcome in read_outcomes(home.engine, "spring")} == {1}


def test_a_run_that_does_not_wait_ends_without_its_store(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", GOOD)
    work = worker(home, settings, AwayPipeline(), wait=False).work(nothing)

    assert (work.processed, work.unfinished) == (0, 5)
    assert {outcome.attempts for outcome in read_outcomes(home.engine, "spring")} == {0}


def test_a_run_ends_where_its_store_refuses_every_file(home: Home, settings: Settings) -> None:
    add_catalogue(home.engine, "spring", GOOD)
    with pytest.raises(StorageError, match="check COLOURWAY_STORAGE"):
        worker(home, settings, AwayPipeline(refused=True)).work(nothing)

    assert {outcome.attempts for outcome in read_outcomes(home.engine, "spring")} == {0}
