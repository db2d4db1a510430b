"""The pace of batches from one look to the next, and how it is shown."""

import io
import json

import pytest
from rich.console import Console

from producer.status import watch as module
from producer.status.counts import JobProgress, Status
from producer.status.watch import WINDOW_S, Pacer, Watch, print_json, show
from shared.contracts.jobs import JobState
from shared.contracts.stages import Code
from shared.ledger.ledger import Tally


def status(batch_id: int, pending: int, done: int = 0, failed: int = 0) -> Status:
    tallies = [
        Tally(batch_id, JobState.PENDING, None, pending),
        Tally(batch_id, JobState.DONE, Code.OK, done),
        Tally(batch_id, JobState.FAILED, Code.FETCH_NOT_FOUND, failed),
    ]
    return Status([], [tally for tally in tallies if tally.jobs], {}, busy_workers=2)


def progress(left: int) -> JobProgress:
    return JobProgress(jobs=100, done=100 - left, left=left)


def test_progress_counts_what_has_an_outcome_what_has_none_and_what_is_left() -> None:
    states = [
        (JobState.DONE, Code.OK, 1),
        (JobState.NO_PERSON, Code.NO_PERSON, 2),
        (JobState.FAILED, Code.FETCH_NOT_FOUND, 4),
        (JobState.QUARANTINED, Code.FETCH_TIMEOUT, 8),
        (JobState.FAILED, Code.SUPERSEDED, 16),
        (JobState.PENDING, None, 32),
        (JobState.LEASED, None, 64),
        (JobState.RETRY, Code.FETCH_TIMEOUT, 128),
    ]
    found = JobProgress.of(Tally(1, *state) for state in states)
    assert found == JobProgress(jobs=255, done=3, failed=12, left=224)


def test_the_pace_is_that_of_the_last_minutes() -> None:
    pacer = Pacer()
    first = pacer.see(1, progress(80), 0.0)
    assert (first.per_s, first.left_s) == (None, None)
    second = pacer.see(1, progress(60), 10.0)
    assert (second.per_s, second.left_s) == (2.0, 30.0)
    still = pacer.see(1, progress(60), 10.0 + WINDOW_S)
    later = pacer.see(1, progress(60), 20.0 + WINDOW_S)
    assert still.per_s == pytest.approx(0.0)
    assert (later.per_s, later.left_s) == (0.0, None)


def test_batches_have_each_its_own_pace() -> None:
    pacer = Pacer()
    for batch_id, left in ((1, 80), (2, 90)):
        pacer.see(batch_id, progress(left), 0.0)
    assert pacer.see(1, progress(70), 10.0).per_s == 1.0
    assert pacer.see(2, progress(70), 10.0).per_s == 2.0


def test_jobs_that_are_put_back_begin_a_new_measurement() -> None:
    pacer = Pacer()
    pacer.see(1, progress(20), 0.0)
    assert pacer.see(1, progress(40), 10.0).per_s is None
    assert pacer.see(1, progress(35), 20.0).per_s == 0.5


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Three looks at a batch that comes to its end, two seconds apart on a clock of their own."""
    clock = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(module.time, "sleep", sleep)
    found = iter([status(7, 6), status(7, 2, 3, 1), status(7, 0, 5, 1)])
    return Watch(lambda: next(found), every_s=2.0)


def test_lines_where_there_is_no_terminal(looks: Watch) -> None:
    out = io.StringIO()
    show(looks, Console(file=out, width=40))
    lines = out.getvalue().splitlines()
    assert [line.partition(" ")[2] for line in lines[:3]] == [
        "batch 7: 0 of 6 done, 0 failed, 6 left, –, time left –; workers busy: 2",
        "batch 7: 3 of 6 done, 1 failed, 2 left, 2.00/s, time left 1 s; workers busy: 2",
        "batch 7: 5 of 6 done, 1 failed, 0 left, 1.50/s, time left done; workers busy: 2",
    ]
    assert lines[3:] == ["nothing is left to be done"]


def test_a_table_that_is_drawn_again_on_a_terminal(looks: Watch) -> None:
    out = io.StringIO()
    show(looks, Console(file=out, width=120, force_terminal=True))
    drawn = out.getvalue()
    assert drawn.count("time left") >= 3
    assert "\x1b[1A" in drawn  # back up, to draw over it
    assert "2.00/s" in drawn
    assert drawn.rstrip().endswith("nothing is left to be done")


def test_an_object_for_each_look(looks: Watch) -> None:
    lines: list[str] = []
    print_json(looks, lines.append)
    told = [json.loads(line) for line in lines]
    assert [(each["left"], each["done"], each["failed"]) for each in told] == [
        (6, 0, 0),
        (2, 3, 1),
        (0, 5, 1),
    ]
    paces = [(each["batches"][0]["pictures_per_s"], each["batches"][0]["left_s"]) for each in told]
    assert paces == [(None, None), (2.0, 1.0), (1.5, 0.0)]


def test_batches_with_nothing_left_are_not_watched() -> None:
    watch = Watch(lambda: status(3, 0, 9), every_s=1.0)
    assert [seen for _, seen in watch] == [[]]
