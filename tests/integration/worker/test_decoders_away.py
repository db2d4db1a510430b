"""Decoders that cannot be started any more: caused in the middle of a run, with a real pool."""

import os
import resource
import signal
import sys
import time
from collections.abc import Generator
from pathlib import Path
from threading import Event, Thread, Timer
from typing import Any, cast

import psutil
import pytest

from colourway.embedded import Home, Worker, open_home
from colourway.picture_report import read_outcomes
from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code
from shared.errors import StageError
from shared.outage import Outage, Tell
from shared.settings import Settings, get_settings
from tests.support.catalogue.demo_rows import PlainPipeline, add_catalogue
from tests.support.pictures import encode, noise, smooth
from worker.stages.decoder.decoder import open_decoder
from worker.stages.decoder.pool import DecoderPool

PNG = encode(smooth(40, 30), "PNG")
URLS = [f"http://shop.test/{number}" for number in range(9)]


class Interpreter:
    """The interpreter that decoders are started with: taken away, it cannot be started."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._path = folder / "python"
        self._real = sys.executable
        patch.setattr("sys.executable", str(self._path))
        self.give_back()

    def take_away(self) -> None:
        self._path.unlink()

    def give_back(self) -> None:
        self._path.symlink_to(self._real)


@pytest.fixture
def interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    return Interpreter(tmp_path, monkeypatch)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return get_settings(
        home=tmp_path / "home",
        chunk_size=4,
        fetch_threads=2,
        backoff_s=0.2,
        max_image_pixels=20_000_000,
    )


@pytest.fixture
def pool(settings: Settings, interpreter: Interpreter) -> Generator[DecoderPool]:
    opened = open_decoder(settings)
    assert isinstance(opened, DecoderPool)
    yield opened
    opened.close()


@pytest.fixture
def home(settings: Settings) -> Generator[Home]:
    with open_home(settings) as opened:
        yield opened


def kill(pids: list[int]) -> None:
    """Kill idle decoders, and see them dead: one that is dying may still be sent a picture."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)


class DecodingPipeline(PlainPipeline):
    """Decodes each picture; before the fourth one the machine loses what decoders need."""

    def __init__(self, pool: DecoderPool, interpreter: Interpreter) -> None:
        super().__init__()
        self._pool, self._interpreter = pool, interpreter
        self.back: Timer | None = None

    def load(self, claim: Claim) -> Claim:
        loaded = super().load(claim)
        if len(self.loaded) == 4:
            self._interpreter.take_away()
            kill(self._pool.pids)
            self.back = Timer(2.0, self._interpreter.give_back)
            self.back.start()
        self._pool.decode(PNG)
        return loaded

    def wait_until_able(self, stop: Event, seconds: float, tell: Tell) -> bool:
        return self._pool.wait(stop, seconds, tell)


def test_a_run_waits_says_so_once_and_no_picture_loses_an_attempt(
    home: Home, settings: Settings, pool: DecoderPool, interpreter: Interpreter
) -> None:
    add_catalogue(home.engine, "spring", URLS)
    pipeline, told = DecodingPipeline(pool, interpreter), list[Outage]()
    codes: list[Code] = []

    def hear(claim: Claim, state: JobState, outcome: object) -> None:
        if isinstance(outcome, StageError):
            codes.append(outcome.code)

    # One at a time: a picture that is being decoded when its decoder is killed loses its attempt.
    lonely = settings.model_copy(update={"fetch_threads": 1})
    worker = Worker(home, cast("Any", pipeline), lonely, "spring")
    work = worker.work(hear, lambda _: None, told.append)

    assert (work.processed, work.failed, work.unfinished) == (9, 0, 0)
    assert {each.attempts for each in read_outcomes(home.engine, "spring")} == {1}
    assert set(codes) == {Code.DECODER_UNAVAILABLE}
    away, back = told
    assert (away.part, away.over_s) == ("decoder", None)
    assert "No such file or directory" in away.reason
    assert back.over_s is not None
    assert back.over_s > 1


def test_one_that_runs_does_the_work_of_those_that_cannot_be_started(
    pool: DecoderPool, interpreter: Interpreter
) -> None:
    pool.decode(PNG)
    (first,) = pool.pids
    interpreter.take_away()
    big = encode(noise(2400, 1600), "PNG")
    threads = [Thread(target=pool.decode, args=(big,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not [thread for thread in threads if thread.is_alive()]
    assert pool.pids == [first]
    told: list[Outage] = []
    assert pool.wait(Event(), 0.0, told.append)
    assert told == []


def test_the_wait_ends_when_the_worker_is_told_to_stop(
    pool: DecoderPool, interpreter: Interpreter
) -> None:
    interpreter.take_away()
    with pytest.raises(StageError) as caught:
        pool.decode(PNG)
    assert caught.value.code is Code.DECODER_UNAVAILABLE
    stop, told = Event(), list[Outage]()
    Timer(0.3, stop.set).start()
    began_at = time.monotonic()
    assert not pool.wait(stop, 60.0, told.append)
    assert time.monotonic() - began_at < 5
    assert len(told) == 1


def test_too_few_open_files_are_no_picture_s_fault(pool: DecoderPool) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, before[1]))
    try:
        with pytest.raises(StageError) as caught:
            pool.decode(PNG)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert caught.value.code is Code.DECODER_UNAVAILABLE
    assert "Too many open files" in caught.value.message
    assert pool.wait(Event(), 60.0, lambda _: None)
    pool.decode(PNG)
