"""The runner with a real ledger and a stub of the pipeline: whatever happens to one picture
concerns that picture alone."""

import threading
from collections.abc import Generator

import pytest
from sqlalchemy import Engine, select

from shared.contracts.jobs import Claim, JobState
from shared.contracts.stages import Code, Stage
from shared.database.engine import open_engine
from shared.database.models import Job
from shared.errors import StageError
from shared.ledger.ledger import Ledger
from shared.settings import get_settings
from tests.support.rows import NAVY, Clock, add_product, result
from tests.support.stub_pipeline import BatchPipeline, OutcomeLog, StubPipeline
from worker.runtime.recorder import Outcome
from worker.runtime.runner import INFERENCE_THREADS, process

MAIN = threading.get_ident()
MAX_IN_FLIGHT = INFERENCE_THREADS + 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(sqlite_url: str) -> Generator[Engine]:
    opened = open_engine(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def ledger(engine: Engine, clock: Clock) -> Ledger:
    return Ledger(engine, get_settings(lease_s=600, max_attempts=3), clock)


def rows(engine: Engine) -> list[tuple[JobState, int, Code | None]]:
    with engine.connect() as connection:
        query = select(Job.state, Job.attempts, Job.code).order_by(Job.id)
        return [tuple(row) for row in connection.execute(query)]


def trouble(code: Code, retry: bool = False) -> StageError:
    return StageError(Stage.FETCH, code, "as the test wants it", retry)


def test_every_outcome_is_recorded_and_heard(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=6)
    pipeline = StubPipeline(
        {
            ("load", 1): trouble(Code.FETCH_NOT_FOUND),
            ("load", 2): trouble(Code.FETCH_TIMEOUT, retry=True),
            ("analyse", 3): StageError(Stage.MASK, Code.NO_PERSON, "nobody"),
            ("finish", 4): StageError(Stage.STORE, Code.STORE_FAILED, "full", retry=True),
        }
    )
    heard = OutcomeLog()

    assert process(ledger, ledger.claim(), pipeline, heard) == 6

    assert rows(engine) == [
        (JobState.DONE, 1, Code.OK),
        (JobState.FAILED, 1, Code.FETCH_NOT_FOUND),
        (JobState.RETRY, 1, Code.FETCH_TIMEOUT),
        (JobState.NO_PERSON, 1, Code.NO_PERSON),
        (JobState.RETRY, 1, Code.STORE_FAILED),
        (JobState.DONE, 1, Code.OK),
    ]
    assert heard.states == dict(enumerate(state for state, _, _ in rows(engine)))
    assert heard.outcomes[0] == (JobState.DONE, result(NAVY, name="p0"))
    assert heard.outcomes[2] == (JobState.RETRY, pipeline.errors["load", 2])


def test_a_store_that_takes_nothing_costs_no_attempt(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=30)
    away = StageError(Stage.STORE, Code.STORE_UNAVAILABLE, "the store takes no files", retry=True)
    pipeline, heard = StubPipeline({("finish", n): away for n in range(30)}), OutcomeLog()

    process(ledger, ledger.claim(limit=30), pipeline, heard, threads=2)

    states = rows(engine)
    assert {attempts for _, attempts, _ in states} == {0}
    deferred = [state for state in states if state == (JobState.RETRY, 0, Code.STORE_UNAVAILABLE)]
    released = [state for state in states if state == (JobState.PENDING, 0, None)]
    assert len(deferred) + len(released) == 30
    assert 1 <= len(deferred) <= MAX_IN_FLIGHT + 4  # those in flight, and those loaded by then
    assert len(pipeline.seen) == len(deferred)


@pytest.mark.parametrize("step", ["load", "analyse", "finish"])
@pytest.mark.parametrize("error", [MemoryError("8 GiB"), ValueError("odd"), OSError(28, "full")])
def test_an_unforeseen_error_costs_its_own_job_only(
    ledger: Ledger, engine: Engine, step: str, error: Exception
) -> None:
    add_product(engine, pictures=4)
    heard = OutcomeLog()

    process(ledger, ledger.claim(), StubPipeline({(step, 1): error}), heard)

    assert rows(engine) == [
        (JobState.DONE, 1, Code.OK),
        (JobState.RETRY, 1, Code.INTERNAL_ERROR),
        (JobState.DONE, 1, Code.OK),
        (JobState.DONE, 1, Code.OK),
    ]
    _, outcome = heard.outcomes[1]
    assert isinstance(outcome, StageError)
    assert type(error).__name__ in outcome.message


def test_outcomes_are_heard_in_the_calling_thread_and_several_threads_infer(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine, pictures=12)
    pipeline, heard = StubPipeline(finish_s=0.05), OutcomeLog()

    process(ledger, ledger.claim(), pipeline, heard, threads=2)

    assert heard.threads == {MAIN}
    assert (
        MAIN
        not in pipeline.threads["load"] | pipeline.threads["analyse"] | pipeline.threads["finish"]
    )
    # Each picture stays in the thread that took it.
    assert pipeline.threads["analyse"] == pipeline.threads["finish"]
    assert len(pipeline.threads["finish"]) == INFERENCE_THREADS


def test_as_many_threads_infer_as_it_is_told(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=24)
    pipeline = StubPipeline(finish_s=0.05)

    process(ledger, ledger.claim(limit=24), pipeline, threads=4, inference_threads=7)

    assert len(pipeline.threads["analyse"]) == 7
    assert 8 < pipeline.most_inside <= 5 + 1 + 8  # loading or loaded, taken from them, in inference
    assert {state for state, _, _ in rows(engine)} == {JobState.DONE}


def test_in_a_batch_a_bad_picture_costs_itself_only(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=20)
    pipeline, heard = BatchPipeline(), OutcomeLog()

    claims = ledger.claim(limit=20)
    assert process(ledger, claims, pipeline, heard, threads=8, inference_threads=12) == 20

    good = (JobState.DONE, 1, Code.OK)
    bad = (JobState.RETRY, 1, Code.INTERNAL_ERROR)
    assert rows(engine) == [bad if position == 3 else good for position in range(20)]
    assert max(map(len, pipeline.batches)) == 4
    _, outcome = heard.outcomes[3]
    assert isinstance(outcome, StageError)
    assert outcome.message == "ValueError: picture 3 is odd"


def test_a_stop_finishes_the_batches_that_were_begun(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=40)
    stop, pipeline = threading.Event(), BatchPipeline()

    def stop_at_the_first(
        claim: Claim, state: JobState, outcome: Outcome | None, seconds: float
    ) -> None:
        stop.set()

    claims = ledger.claim(limit=40)
    finished = process(
        ledger, claims, pipeline, stop_at_the_first, threads=2, inference_threads=6, stop=stop
    )

    assert 1 <= finished < 40
    assert len(pipeline.seen) == finished
    states = [state for state, _, _ in rows(engine)]
    assert states.count(JobState.PENDING) == 40 - finished
    assert JobState.LEASED not in states


def test_only_a_few_pictures_are_in_memory_at_a_time(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=30)
    pipeline = StubPipeline(
        finish_s=0.01
    )  # storing is the slowest, so all else runs ahead as far as it may

    process(ledger, ledger.claim(limit=30), pipeline, threads=2)

    # Three loading or loaded, one taken from them, the rest in inference.
    assert MAX_IN_FLIGHT < pipeline.most_inside <= 3 + 1 + MAX_IN_FLIGHT
    assert {state for state, _, _ in rows(engine)} == {JobState.DONE}


def test_a_stop_finishes_what_was_begun_and_releases_the_rest(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine, pictures=30)
    stop, heard = threading.Event(), OutcomeLog()

    def stop_at_the_first(
        claim: Claim, state: JobState, outcome: Outcome | None, seconds: float
    ) -> None:
        stop.set()
        heard(claim, state, outcome, seconds)

    pipeline = StubPipeline(finish_s=0.05)  # so that some are heard of before all are begun
    finished = process(ledger, ledger.claim(), pipeline, stop_at_the_first, threads=2, stop=stop)

    assert 1 <= finished < 30
    assert sorted(heard.outcomes) == sorted(pipeline.seen) == list(range(finished))
    assert rows(engine)[:finished] == [(JobState.DONE, 1, Code.OK)] * finished
    assert rows(engine)[finished:] == [(JobState.PENDING, 0, None)] * (30 - finished)


def test_stopped_before_it_began_releases_everything(ledger: Ledger, engine: Engine) -> None:
    add_product(engine, pictures=3)
    stop = threading.Event()
    stop.set()
    pipeline = StubPipeline()

    assert process(ledger, ledger.claim(), pipeline, stop=stop) == 0

    assert pipeline.seen == []
    assert rows(engine) == [(JobState.PENDING, 0, None)] * 3


def test_a_lease_that_was_lost_on_the_way_writes_nothing(
    ledger: Ledger, engine: Engine, clock: Clock
) -> None:
    add_product(engine, pictures=2)
    late = ledger.claim()
    clock.pass_s(601)
    (in_time,) = ledger.claim()  # a suspect by now, so alone
    heard = OutcomeLog()

    process(ledger, late, StubPipeline({("load", 1): trouble(Code.FETCH_NOT_FOUND)}), heard)

    assert heard.outcomes[0] == (JobState.LEASED, None)
    assert heard.outcomes[1][0] is JobState.FAILED  # no other worker had taken that one
    assert rows(engine)[0] == (JobState.LEASED, 2, Code.LEASE_EXPIRED)
    assert ledger.finish(in_time, result(NAVY))


def test_what_ends_the_process_ends_it_and_leaves_no_lease_behind_on_what_was_not_begun(
    ledger: Ledger, engine: Engine
) -> None:
    add_product(engine, pictures=12)

    with pytest.raises(KeyboardInterrupt):
        process(
            ledger,
            ledger.claim(),
            StubPipeline({("analyse", 0): KeyboardInterrupt()}),
            threads=1,
        )

    states = [state for state, _, _ in rows(engine)]
    assert states[0] is JobState.LEASED  # its attempt counts: it may be what ended the process
    assert states.count(JobState.PENDING) >= 8


def test_nothing_to_do_is_nothing_done(ledger: Ledger) -> None:
    assert process(ledger, [], StubPipeline()) == 0
